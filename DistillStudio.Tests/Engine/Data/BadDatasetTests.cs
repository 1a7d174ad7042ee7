using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Data;

/// <summary>Every fault of a dataset's files: one sentence that names the file, the place in it and the fix.</summary>
public sealed class BadDatasetTests : IDisposable
{
    private const string GoodCqa = """{"question":"q","choices":["a","b","c","d","e"],"answer":"a"}""";
    private const string GoodSvamp = """{"input":"i","label":"( 1.0 + 2.0 )"}""";
    private const string GoodNli = """{"premise":"p","hypothesis":"h","label":0}""";

    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("nosuch", "nosuch/nosuch_train.json", "{}", "no dataset \"nosuch\"", "choose one of cqa")]
    [InlineData("../cqa", "cqa/cqa_train.json", GoodCqa, "no dataset \"../cqa\"", "choose one of")]
    [InlineData("cqa", "elsewhere/cqa_train.json", GoodCqa, "/cqa does not exist", "--data-dir")]
    [InlineData("cqa", "cqa/readme.txt", "", "/cqa holds no split", "put cqa_train.json")]
    [InlineData("cqa", "cqa/cqa_train.json", "", "cqa_train.json holds no rows", "download")]
    [InlineData("cqa", "cqa/cqa_train.json", "\n \n\r\n", "cqa_train.json holds no rows", "download")]
    [InlineData("cqa", "cqa/cqa_train.json/nested", "", "/cqa holds no split", "put")]
    [InlineData("cqa", "cqa/cqa_train.json", GoodCqa + "\n{", "cqa_train.json, line 2: not valid JSON at byte 2", "fix")]
    [InlineData("cqa", "cqa/cqa_train.json", GoodCqa + GoodCqa, "line 1: not valid JSON", "fix")]
    [InlineData("cqa", "cqa/cqa_train.json", GoodCqa + ",\n" + GoodCqa, "line 1: not valid JSON", "fix")]
    [InlineData("cqa", "cqa/cqa_train.json", "\n\n{'question'}", "line 3: not valid JSON", "fix")]
    [InlineData("cqa", "cqa/cqa_train.json", "\0", "line 1: not valid JSON", "fix")]
    [InlineData("cqa", "cqa/cqa_train.json", "[1,2]", "line 1: is not a JSON object", "one row in braces")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "[" + GoodCqa + ",\n" + GoodCqa, "line 2: not valid JSON, the array is not closed", "truncated")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "[" + GoodCqa + ",\n]", "row 2, line 2: not valid JSON, a comma without a row", "remove the comma")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "[," + GoodCqa + "]", "row 1, line 1: not valid JSON, a comma without a row", "remove the comma")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "[" + GoodCqa + "]\n[" + GoodCqa + "]", "line 2: not valid JSON, more text after the array",
        "one array")]
    [InlineData("cqa", "cqa/cqa_train.json", "[" + GoodCqa + "}]", "row 1, line 1: not valid JSON, one brace too many", "fix")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "[\n" + GoodCqa + ",\n{\n\"question\": 'a'}]", "row 2, line 4: not valid JSON",
        "fix or remove the row")]
    [InlineData("cqa", "cqa/cqa_train.json", "[\n" + GoodCqa + ",\r\n{}]", "row 2, line 3: field choices is missing", "add it")]
    [InlineData("cqa", "cqa/cqa_train.json", "[]", "cqa_train.json holds no rows", "download")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "{\n" + "\"question\": 1}", "line 1: not valid JSON at byte 2, where the line ends",
        "all in one array")]
    [InlineData("cqa", "cqa/cqa_train.json", GoodCqa + "\r" + "{", "line 2: not valid JSON", "fix")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "is a Git LFS pointer",
        "git lfs pull")]
    [InlineData("cqa", "cqa/cqa_train.json", "\n<!DOCTYPE html><title>Sign in</title>", "is a web page", "download the file again")]
    [InlineData("cqa", "cqa/cqa_train.json", "404: Not Found", "is a server's error message", "download it again")]
    [InlineData("cqa", "cqa/cqa_train.json", "PK\u0003\u0004", "is a zip archive", "unpack it")]
    [InlineData("cqa", "cqa/cqa_train.json", "PAR1\u0015\u0004", "is a Parquet table", "convert it to JSON Lines")]
    [InlineData("cqa", "cqa/cqa_train.json", "null", "line 1: is not a JSON object", "one row in braces")]
    [InlineData("cqa", "cqa/cqa_train.json", "{}", "line 1: field choices is missing", "add it")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":5,"choices":["a","b","c","d","e"],"answer":"a"}""", "field question holds a number",
        "give a string")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":"q","choices":"a","answer":"a"}""", "field choices is not an array of five",
        "give the five")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":"q","choices":["a","b","c","d"],"answer":"a"}""",
        "field choices is not an array of five", "give the five")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":"q","choices":["a","b","c","d",null],"answer":"a"}""", "field choices holds null",
        "five strings")]
    [InlineData("cqa", "cqa/cqa_train.json", """{"question":"q","choices":["a","b","c","d","e"]}""", "field answer is missing", "add it")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":"q","choices":["a","b","c","d","e"],"answer":["a"]}""", "field answer holds an array",
        "give a string")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":"q","choices":["a","b","c","d","e"],"answer":" "}""", "field answer is blank",
        "remove the row")]
    [InlineData(
        "cqa", "cqa/cqa_train.json", """{"question":"\ud800","choices":["a","b","c","d","e"],"answer":"a"}""",
        "field question has half of a \\u surrogate pair", "whole character")]
    [InlineData(
        "svamp", "svamp/svamp_train.json", """{"input":"i","label":"1","\udc00":1}""",
        "the name of a field has half of a \\u surrogate pair", "whole character")]
    [InlineData("svamp", "svamp/svamp_train.json", """{"input":true,"label":"1"}""", "field input holds true or false", "give a string")]
    [InlineData("svamp", "svamp/svamp_train.json", """{"input":"i","label":{}}""", "field label holds an object", "give a string")]
    [InlineData("svamp", "svamp/svamp_train.json", """{"input":"i","label":3}""", "field label holds a number", "give a string")]
    [InlineData(
        "esnli", "esnli/esnli_valid.json", """{"premise":"p","hypothesis":"h","label":"maybe"}""", "label maybe is unknown",
        "0 for entailment")]
    [InlineData(
        "esnli", "esnli/esnli_valid.json", """{"premise":"p","hypothesis":"h","label":true}""", "field label is true or false",
        "0 for entailment")]
    [InlineData(
        "esnli", "esnli/esnli_valid.json", """{"premise":"p","hypothesis":"h","label":NaN}""", "label NaN is unknown", "0 for entailment")]
    [InlineData(
        "esnli", "esnli/esnli_valid.json", """{"premise":NaN,"hypothesis":"h","label":0}""", "field premise holds a number",
        "give a string")]
    [InlineData(
        "esnli", "esnli/esnli_valid.json", """{"premise":"p","hypothesis":"h","label":3}""", "label 3 is unknown", "0 for entailment")]
    [InlineData(
        "esnli", "esnli/esnli_valid.json", GoodNli + "\n" + """{"premise":"p","hypothesis":"h","label":-1}""",
        "line 2: label -1 is unknown", "0 for entailment")]
    [InlineData(
        "anli1", "anli1/anli1_test.json", """{"premise":"p","hypothesis":"h","label":1.5}""", "label 1.5 is unknown", "0 for entailment")]
    [InlineData(
        "anli1", "anli1/anli1_test.json", """{"premise":"p","hypothesis":"h","label":1e99}""", "label 1e99 is unknown", "0 for entailment")]
    [InlineData("anli1", "anli1/anli1_test.json", """{"premise":"p","label":1}""", "field hypothesis is missing", "add it")]
    [InlineData("asdiv", "svamp/svamp_test.json", GoodSvamp, "/asdiv does not exist", "--data-dir")]
    [InlineData(
        "asdiv", "asdiv/asdiv_train.json", """{"Body":"b","Question":"q","Answer":"9 (apples)"}""", "/svamp does not exist", "--data-dir")]
    public void Load_BadRows_NamesThePlaceAndTheFix(string name, string file, string text, string what, string mend)
    {
        _data.Write(file, text);
        AssertRefused(name, what, mend);
    }

    [Theory]
    [InlineData("svamp/llm/train_CoT_0.json", """["a"]""", "train_CoT_0.json holds 1 completions while", "one completion per row")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a","b","c"]""", "holds 3 completions while", "one completion per row")]
    [InlineData("svamp/llm/train_CoT_0.json", "[]", "holds 0 completions while", "one completion per row")]
    [InlineData(
        "svamp/llm/train_CoT_1.json", """["a","b"]""", "train_CoT_0.json is missing while train_CoT_1.json exists",
        "download the missing file")]
    [InlineData("svamp/llm/train_CoT_0.json", "", "line 1: not valid JSON after 0 completions", "truncated")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a", """, "not valid JSON after 1 completions", "truncated")]
    [InlineData("svamp/llm/train_CoT_0.json", "[\n\"a\",\n\"b", "line 3: not valid JSON after 1 completions", "truncated")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a","b"] x""", "not valid JSON after 2 completions", "truncated")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a",5]""", "item 2: is not a string", "array of the teacher's completions")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a",null]""", "item 2: is not a string", "array of the teacher's completions")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a",["b"]]""", "item 2: is not a string", "array of the teacher's completions")]
    [InlineData("svamp/llm/train_CoT_0.json", """{"a":"b"}""", "item 1: is not a string", "array of the teacher's completions")]
    [InlineData("svamp/llm/train_CoT_0.json", "\"ab\"", "holds 1 completions while", "one completion per row")]
    [InlineData("svamp/llm/train_CoT_0.json", "\"ab\"\n5", "item 2: is not a string", "or hold one string per line")]
    [InlineData("svamp/llm/train_CoT_0.json", "\"ab\"\n[\"c\"]", "item 2: is not a string", "or hold one string per line")]
    [InlineData("svamp/llm/train_CoT_0.json", "[\"ab\"]\n[\"c\"]", "more text after the array", "one array")]
    [InlineData("svamp/llm/train_CoT_0.json", "[\"a\",\"b\",]", "not valid JSON after 2 completions", "download the file again")]
    [InlineData(
        "svamp/llm/train_CoT_2.json", """["a","b"]""", "train_CoT_0.json is missing while train_CoT_2.json exists",
        "download the missing file")]
    [InlineData("svamp/llm/train_CoT_0.jsonl", "\"a\"", "train_CoT_0.jsonl holds 1 completions", "one completion per row")]
    [InlineData("svamp/llm/train_CoT_0.json", """["a","\udc00"]""", "item 2: is not valid Unicode", "UTF-8")]
    [InlineData("svamp/llm-mine/train_CoT_0.json", """["a"]""", "llm-mine/train_CoT_0.json holds 1 completions", "one completion per row")]
    [InlineData("gpt-neox/svamp/train.json", """["a"]""", "gpt-neox/svamp/train.json holds 1 completions", "one completion per row")]
    public void Load_BadCompletions_NamesThePlaceAndTheFix(string file, string text, string what, string mend)
    {
        _data.Write("svamp/svamp_train.json", $"{GoodSvamp}\n{GoodSvamp}\n");
        _data.Write(file, text);
        AssertRefused("svamp", what, mend);
    }

    [Fact]
    public void Load_InvalidUtf8InRows_NamesTheLine()
    {
        _data.Write(
            "svamp/svamp_train.json", [.. Encoding.UTF8.GetBytes(GoodSvamp + "\n{\"input\":\"caf"), 0xE9, .. "\",\"label\":\"1\"}"u8]);
        AssertRefused("svamp", "svamp_train.json, line 2: is not valid UTF-8", "save the file as UTF-8");
    }

    [Fact]
    public void Load_InvalidUtf8InCompletions_NamesTheItem()
    {
        _data.Write("svamp/svamp_train.json", GoodSvamp);
        _data.Write("svamp/llm/train_CoT_0.json", [.. "[\"caf"u8, 0xE9, .. "\"]"u8]);
        AssertRefused("svamp", "item 1: is not valid Unicode", "save the file as UTF-8");
    }

    [Fact]
    public void Load_DeepJson_IsRefusedNotOverflowed()
    {
        _data.Write("svamp/svamp_train.json", new string('[', 1_000_000));
        AssertRefused("svamp", "line 1: not valid JSON", "fix");
        _data.Write("svamp/svamp_train.json", GoodSvamp);
        _data.Write("svamp/llm/train_CoT_0.json", new string('[', 1_000_000));
        AssertRefused("svamp", "item 1: is not a string", "completions");
    }

    [Fact]
    public void Load_EndlessLineOrString_IsRefusedBeforeMemoryFills()
    {
        byte[] endless = [.. "[\""u8, .. Enumerable.Repeat((byte)'a', TextWindow.MaxBytes + 1)];
        _data.Write("svamp/svamp_train.json", endless);
        AssertRefused("svamp", "line 1: has more than 16 MB", "one row on each line");
        _data.Write("svamp/svamp_train.json", GoodSvamp);
        _data.Write("svamp/llm/train_CoT_0.json", endless);
        AssertRefused("svamp", "item 1: has more than 16 MB", "no completion is that long");
    }

    [Theory]
    [InlineData("train", "valid,test", "esnli_train.json is missing")]
    [InlineData("valid", "train,test", "esnli_valid.json is missing")]
    [InlineData("test", "train,valid", "esnli_test.json is missing")]
    public void Select_SplitMissing_LoadsButCannotTrain(string missing, string there, string what)
    {
        foreach (string split in there.Split(','))
        {
            _data.Write($"esnli/esnli_{split}.json", GoodNli);
        }

        Dataset dataset = DatasetReader.Load("esnli", _data.Path);
        Assert.DoesNotContain(missing, dataset.Splits.Keys);
        AssertSentence(Assert.Throws<InputException>(() => TrainingData.Select(dataset, new())), what, "download it");
    }

    [Theory]
    [InlineData(
        "palm", "svamp/llm/train_CoT_0.json is missing, so teacher palm has no answers for svamp's train rows",
        "train without a teacher (--llm none)")]
    [InlineData("gpt", "gpt-neox/svamp/train.json is missing", "--llm none")]
    [InlineData("mine", "svamp/llm-mine/train_CoT_0.json is missing", "--llm none")]
    public void Select_TeacherMissing_NamesTheFile(string teacher, string what, string mend)
    {
        WriteSvamp(rows: 4);
        AssertSentence(
            Assert.Throws<InputException>(() => TrainingData.Select(DatasetReader.Load("svamp", _data.Path), new(Teacher: teacher))), what,
            mend);
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("none")]
    [InlineData("a\0b")]
    [InlineData("C:")]
    public void Select_TeacherNameThatLeavesTheFolder_IsRefused(string teacher)
    {
        WriteSvamp(rows: 4);
        AssertSentence(
            Assert.Throws<InputException>(() => TrainingData.Select(DatasetReader.Load("svamp", _data.Path), new(Teacher: teacher))),
            "cannot be a teacher's name", "use letters");
    }

    [Fact]
    public void Load_InvalidFolder_IsRefused()
    {
        Assert.Contains(
            "--data-dir", Assert.Throws<InputException>(() => DatasetReader.Load("cqa", "a\0b")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "--data-dir", Assert.Throws<InputException>(() => DatasetReader.Load("cqa", new string('x', 5000))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Select_PublishedTeacherWithoutTestAnswers_IsAnUnfinishedDownload()
    {
        WriteSvamp(rows: 4);
        _data.Write("svamp/llm/train_CoT_0.json", """["1","2","3","4"]""");
        AssertSentence(
            Assert.Throws<InputException>(() => TrainingData.Select(DatasetReader.Load("svamp", _data.Path), new(Teacher: "palm"))),
            "svamp/llm/test_CoT_0.json is missing", "download its files");
    }

    [Fact]
    public void Select_JoinedDatasetLacksAFile_NamesIt()
    {
        WriteSvamp(rows: 4);
        _data.Write("asdiv/asdiv_train.json", """{"Body":"b","Question":"q","Answer":"9 (apples)"}""");
        _data.Write("svamp/llm/train_CoT_0.json", """["1","2","3","4"]""");
        AssertSentence(
            Assert.Throws<InputException>(() => TrainingData.Select(DatasetReader.Load("asdiv", _data.Path), new(Teacher: "palm"))),
            "asdiv/llm/train_CoT_0.json is missing", "download its files");
        File.Delete(_data["svamp/svamp_test.json"]);
        AssertSentence(
            Assert.Throws<InputException>(() => TrainingData.Select(DatasetReader.Load("asdiv", _data.Path), new())),
            "svamp/svamp_test.json is missing", "download it");
    }

    private void WriteSvamp(int rows)
    {
        _data.Write("svamp/svamp_train.json", string.Concat(Enumerable.Repeat(GoodSvamp + "\n", rows)));
        _data.Write("svamp/svamp_test.json", GoodSvamp);
    }

    private void AssertRefused(string name, string what, string mend) =>
        AssertSentence(Assert.Throws<InputException>(() => DatasetReader.Load(name, _data.Path)), what, mend);

    private static void AssertSentence(InputException refusal, string what, string mend)
    {
        string sentence = refusal.Message.Replace('\\', '/').Replace("//", "/", StringComparison.Ordinal);
        Assert.Contains(what.Replace('\\', '/'), sentence, StringComparison.Ordinal);
        Assert.Contains(mend, sentence, StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
        Assert.Single(refusal.Problems);
    }
}
