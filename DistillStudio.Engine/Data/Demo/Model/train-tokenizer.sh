#!/usr/bin/env bash
# Trains spiece.model, beside this script, on the text of the demo dataset. Needs the .NET SDK and spm_train (Debian: apt-get install sentencepiece).
# Run it again after changing the dataset's words; the same words give the same file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" # the model file records the paths it is given

cat > corpus.cs <<CS
#:project $here/../../../DistillStudio.Engine.csproj
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;

using var corpus = new StreamWriter("corpus.txt");
foreach (Split split in DemoDataset.Create().Splits.Values)
{
    foreach ((Row row, TeacherAnswer answer) in split.Rows.Zip(split.Teachers[DemoDataset.Teacher]))
    {
        corpus.WriteLine($"predict: {row.Input.ReplaceLineEndings(" ")}");
        corpus.WriteLine($"explain: {answer.Rationale} So the answer is {answer.Label}");
    }
}
CS
dotnet run --file corpus.cs

# The trainer only considers strings that occur in two different words, so each word is repeated twice with a punctuation mark after it.
grep -oE '[^ ]+' corpus.txt | sed -E 's/([a-zA-Z])[.,?:]$/\1/' | grep -v '^[0-9]' | LC_ALL=C sort -u > words.txt
sed 's/$/,/; p; s/,$/-/' words.txt >> corpus.txt

# Numbers are whole pieces with the space before them; every printable ASCII character has a piece, so that nothing typed in English is unknown.
numbers=$(printf ',▁%d' {0..99})
characters=$(awk 'BEGIN { for (i = 33; i < 127; i++) printf "%c", i }')
spm_train --input=corpus.txt --model_prefix=spiece --model_type=unigram --vocab_size=732 \
    --pad_id=0 --eos_id=1 --unk_id=2 --bos_id=-1 --character_coverage=1.0 --num_threads=1 --minloglevel=1 \
    --user_defined_symbols="${numbers#,}" --required_chars="$characters"
mv spiece.model "$here/spiece.model"
