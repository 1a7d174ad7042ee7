using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Engine.Teachers;

/// <summary>The rows that a job queries, with what their prompts need.</summary>
public sealed class TeacherRows
{
    private readonly IReadOnlyList<TeacherAnswer>? _others;

    private TeacherRows(TeacherJobSpec spec, DatasetInfo info, Split split, IReadOnlyList<TeacherAnswer>? others)
    {
        (Spec, Info, All, _others) = (spec, info, split.Rows, others);
        Parts = info.JoinedTo is null ? [(info, All.Count)]
            : [(DatasetCatalog.Get(info.JoinedTo), split.JoinedRows), (info, All.Count - split.JoinedRows)];
        Indices = Choose();
    }

    public TeacherJobSpec Spec { get; }

    public DatasetInfo Info { get; }

    /// <summary>All rows of the split.</summary>
    public IReadOnlyList<Row> All { get; }

    /// <summary>
    /// The datasets in whose folders the rows are stored and their row counts, in order: a joined dataset has the rows of two.
    /// </summary>
    public IReadOnlyList<(DatasetInfo Info, int Rows)> Parts { get; }

    /// <summary>Indices of the queried rows, ascending.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <exception cref="InputException">The dataset cannot be read, or has other rows than when the job was created.</exception>
    public static TeacherRows Load(TeacherJobSpec spec)
    {
        DatasetInfo info = DatasetCatalog.Get(spec.Dataset, spec.DataDir);
        Dataset dataset = DatasetReader.Load(spec.Dataset, spec.DataDir, spec.Of is null ? [] : [spec.Of]);
        Split split = dataset.RequireSplit(spec.Split);
        if (spec.RowsFingerprint.Length > 0 && spec.RowsFingerprint != Fingerprint(split.Rows))
        {
            throw new InputException($"The {spec.Split} rows of {spec.Dataset} in {spec.DataDir} are not those that teacher {spec.Name} "
                + $"was asked about, so its answers would be matched with the wrong rows; restore the file, or start a job with another "
                + $"--name.");
        }

        IReadOnlyList<TeacherAnswer>? others = null;
        if (spec.Of is not null && !split.Teachers.TryGetValue(spec.Of, out others))
        {
            throw new InputException($"--of {spec.Of} has no answers for the {spec.Split} rows of {spec.Dataset}; name a teacher that has: "
                + $"{(split.Teachers.Count == 0 ? "there is none" : string.Join(", ", split.Teachers.Keys))}.");
        }

        var rows = new TeacherRows(spec, info, split, others);
        return rows.Indices.Count > 0 ? rows
            : throw new InputException($"No {spec.Split} row of {spec.Dataset} is left to ask about; choose other rows.");
    }

    /// <summary>Identifies rows: any change to an input, a label or their order changes it.</summary>
    public static string Fingerprint(IReadOnlyList<Row> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Row row in rows)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{row.Input}\0{row.Label}\0"));
        }

        return $"{rows.Count}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..32]}";
    }

    /// <param name="row">Index of the row in the split.</param>
    /// <param name="template">Null for the job's.</param>
    public Prompt PromptOf(int row, PromptTemplate? template = null)
    {
        template ??= Spec.Template;
        return Prompt.Of(template, Info.Format, All[row], template.Purpose == PromptPurpose.Shorten ? _others?[row].Rationale : null);
    }

    /// <summary>Returns a row's input for display: premise and hypothesis on separate lines.</summary>
    public string InputOf(int row) => All[row].Input.Replace(RowParser.Joint, "\n", StringComparison.Ordinal);

    /// <summary>Reads a completion of a row.</summary>
    public CompletionReading Read(int row, string completion) =>
        CompletionReading.Read(Spec.Template.Purpose, Info.Format, All[row], completion, Spec.Template.Purpose switch
        {
            PromptPurpose.Rationalise => All[row].Label,
            PromptPurpose.Shorten => _others![row].Label,
            _ => null,
        });

    public bool Agrees(int row, string label) => AnswerJudge.IsCorrect(Info.Task, label, All[row].Label);

    /// <summary>Returns true for the same label, equations compared by value.</summary>
    public bool IsSame(string label, string other) =>
        string.Equals(label, other, StringComparison.Ordinal) || AnswerJudge.IsCorrect(Info.Task, label, other);

    private int[] Choose()
    {
        int[] chosen = [.. Enumerable.Range(0, All.Count).Where(IsChosen)];
        if (Spec.Rows is not { } rows || rows >= chosen.Length)
        {
            return chosen;
        }

        return [.. new SeededRandom((ulong)Spec.Seed).Permutation(chosen.Length)[..rows].Order().Select(i => chosen[i])];
    }

    private bool IsChosen(int row) =>
        (Spec.Template.Purpose != PromptPurpose.Shorten || _others is not { } drafts
            || !(drafts[row].IsRationaleBlank || drafts[row].IsLabelBlank))
        && Spec.Selection switch
        {
            RowSelection.Missing => _others![row].IsLabelBlank,
            RowSelection.Missed => !Agrees(row, _others![row].Label),
            _ => true,
        };
}
