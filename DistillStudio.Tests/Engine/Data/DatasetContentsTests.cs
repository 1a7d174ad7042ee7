using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Data;

/// <summary>The report on a data folder: the rows that are there, and the files that are not read.</summary>
public sealed class DatasetContentsTests : IDisposable
{
    private const string Row = """{"input":"i","label":"( 1.0 + 2.0 )"}""";

    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Of_ADataset_CountsTheRowsThatAreThere()
    {
        _data.Write("svamp/svamp_train.json", $"{Row}\n{Row}\n\n{Row}");
        _data.Write("svamp/svamp_test.jsonl", Row);
        Assert.Equal([new("train", 3), new("test", 1)], Of("svamp").Rows);

        // The count is updated with the file.
        string path = _data.Write("svamp/svamp_train.json", Row);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(5));
        Assert.Equal(1, Of("svamp").Rows["train"]);
    }

    [Fact]
    public void Of_AReviewedTeacher_HasNoNoteOnItsRejectedRows()
    {
        _data.Write("svamp/svamp_train.json", Row);
        _data.Write("svamp/svamp_test.json", Row);
        _data.Write("svamp/llm-checked/train_CoT_0.json", "[\"\"]");
        _data.Write("svamp/llm-checked/train_rejected.json", "[0]");
        Assert.Empty(Of("svamp").Notes);
    }

    [Fact]
    public void Of_AJoinedDataset_AddsTheRowsOfBoth()
    {
        _data.Write("svamp/svamp_train.json", $"{Row}\n{Row}");
        _data.Write("svamp/svamp_test.json", Row);
        Assert.Empty(Of("asdiv").Rows);
        _data.Write("asdiv/asdiv_train.json", """[{"Body":"b","Question":"q","Answer":"9"}]""");
        Assert.Equal([new("train", 3), new("test", 1)], Of("asdiv").Rows);
    }

    [Fact]
    public void Of_AFileWithoutRows_IsReported()
    {
        _data.Write("svamp/svamp_train.json", "<html></html>");
        DatasetContents contents = Of("svamp");
        Assert.Null(contents.Rows["train"]);
        Assert.Contains("is a web page", Assert.Single(contents.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cqa/train.json", "cqa/train.json", "name it cqa_train.json")]
    [InlineData("cqa/cqa_dev.json", "cqa/cqa_dev.json", "name it cqa_valid.json")]
    [InlineData("cqa/cqa_validation.jsonl", "cqa/cqa_validation.jsonl", "name it cqa_valid.jsonl")]
    [InlineData("cqa/CQA_Train.json", "cqa/CQA_Train.json", "name it cqa_train.json")]
    [InlineData("cqa/cqa-test.ndjson", "cqa/cqa-test.ndjson", "name it cqa_test.ndjson")]
    [InlineData("cqa/cqa_train.JSON", "cqa/cqa_train.JSON", "name it cqa_train.json")]
    [InlineData("cqa/cqa_train.json.txt", "cqa/cqa_train.json.txt", "name it cqa_train.json")]
    [InlineData("cqa/cqa_train", "cqa/cqa_train", "name it cqa_train.json")]
    [InlineData("cqa/cqa_train (1).json", "cqa/cqa_train (1).json", "name it cqa_train.json")]
    [InlineData("cqa/train-00000-of-00001.parquet", "cqa/train-00000-of-00001.parquet", "convert it to cqa_train.jsonl")]
    [InlineData("cqa/cqa_test.csv", "cqa/cqa_test.csv", "convert it to cqa_test.jsonl")]
    [InlineData("cqa/cqa_train.json.gz", "cqa/cqa_train.json.gz", "unpack it as cqa_train.json")]
    [InlineData("cqa/cqa_train.json.crdownload", "cqa/cqa_train.json.crdownload", "its download is not finished")]
    [InlineData("cqa/commonsense.json", "cqa/commonsense.json", "rows belong in cqa_train.json")]
    [InlineData("cqa/train_CoT_0.json", "cqa/train_CoT_0.json", "name it llm/train_CoT_0.json")]
    [InlineData("cqa/LLM/train_CoT_0.json", "cqa/LLM", "name the folder llm")]
    [InlineData("cqa/llm_gpt4/train_CoT_0.json", "cqa/llm_gpt4", "name the folder llm-")]
    [InlineData("cqa/cqa/cqa_train.json", "cqa/cqa", "put its files into cqa")]
    [InlineData("CQA/cqa_train.json", "CQA", "name the folder cqa")]
    [InlineData("CommonsenseQA/cqa_train.json", "CommonsenseQA", "name the folder cqa")]
    [InlineData("cqa_train.json", "cqa_train.json", "name it cqa/cqa_train.json")]
    public void Of_AFileUnderAWrongName_NamesItAndItsRightName(string file, string named, string advice)
    {
        _data.Write(file, "[]");
        string note = Assert.Single(Of("cqa").Notes);
        Assert.StartsWith($"{named} is not read: ", note, StringComparison.Ordinal);
        Assert.Contains(advice, note, StringComparison.Ordinal);
        Assert.EndsWith(".", note, StringComparison.Ordinal);

        // Training on it reports the same.
        Assert.Contains(
            advice, Assert.Throws<InputException>(() => DatasetReader.Load("cqa", _data.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llm/train_cot_0.json", "name it train_CoT_0.json")]
    [InlineData("llm/train_CoT_00.json", "name it train_CoT_0.json")]
    [InlineData("llm/Train_CoT_3.jsonl", "name it train_CoT_3.jsonl")]
    [InlineData("llm/train.json", "name it train_CoT_0.json")]
    [InlineData("llm/training_CoT_1.json.gz", "unpack it as train_CoT_1.json")]
    [InlineData("llm-mine/train-0.json", "name it train_CoT_0.json")]
    [InlineData("llm/valid_CoT_0.json", "svamp_valid.json, whose rows it answers, is missing")]
    public void Of_ATeachersFileUnderAWrongName_NamesItAndItsRightName(string file, string advice)
    {
        _data.Write("svamp/svamp_train.json", $"{Row}\n{Row}");
        _data.Write("svamp/svamp_test.json", Row);
        _data.Write("svamp/" + file, """["x", "y"]""");
        string note = Assert.Single(Of("svamp").Notes);
        Assert.Equal($"svamp/{file} is not read: {note.Split(": ")[1]}", note);
        Assert.Contains(advice, note, StringComparison.Ordinal);
        string teacher = file.StartsWith("llm-", StringComparison.Ordinal) ? "mine" : "palm";
        Assert.Contains(
            advice,
            Assert.Throws<InputException>(
                () => TrainingData.Select(DatasetReader.Load("svamp", _data.Path), new(Teacher: teacher))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AGapBetweenTeachersFiles_IsNamed()
    {
        _data.Write("svamp/svamp_train.json", Row);
        _data.Write("svamp/llm/train_CoT_0.json", "[]");
        _data.Write("svamp/llm/train_CoT_2.json", "[]");
        Assert.Contains(
            "train_CoT_1.json is missing while train_CoT_2.json exists", Assert.Single(Of("svamp").Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("svamp/readme.md")]
    [InlineData("svamp/LICENSE")]
    [InlineData("svamp/train.py")]
    [InlineData("svamp/dataset_info.json")]
    [InlineData("svamp/svamp_train.json.bak")]
    [InlineData("other/train.json")]
    [InlineData("svamp/llm/prompt.txt")]
    public void Of_FilesOfOtherKinds_HasNoNotes(string file)
    {
        _data.Write("svamp/svamp_train.json", Row);
        _data.Write("svamp/svamp_test.json", Row);
        _data.Write(file, "[]");
        Assert.Empty(Of("svamp").Notes);
    }

    [Fact]
    public void Of_ASecondFileForASplit_IsNamed()
    {
        _data.Write("svamp/svamp_train.json", Row);
        _data.Write("svamp/svamp_test.json", Row);
        _data.Write("svamp/train.json", Row);
        Assert.Equal(
            "svamp/train.json is not read: svamp_train is read instead, so remove or rename one of them.",
            Assert.Single(Of("svamp").Notes));
    }

    private DatasetContents Of(string name) => DatasetContents.Of(DatasetCatalog.Get(name), _data.Path);
}
