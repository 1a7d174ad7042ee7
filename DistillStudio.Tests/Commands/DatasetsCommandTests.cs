using System.Text.Json;

namespace DistillStudio.Tests.Commands;

public class DatasetsCommandTests
{
    [Theory]
    [Trait("Needs", "shared")]
    [InlineData("cqa")]
    [InlineData("svamp")]
    public async Task Show_RealDataset_GivesTheFiguresOfTheOriginal(string name)
    {
        CommandResult result = await InProcess.RunAsync(["datasets", "show", name, "--data-dir", SharedFolder.Find("data"), "--json"]);

        Assert.Equal(0, result.ExitCode);
        using var shown = JsonDocument.Parse(result.Out);
        using var expected = JsonDocument.Parse(File.ReadAllText(FixtureFolder.Find("llm_parse.json")));
        foreach (string split in new[] { "train", "test" })
        {
            JsonElement original = expected.RootElement.GetProperty($"{name}.{split}");
            JsonElement rows = shown.RootElement.GetProperty("splits").GetProperty(split);
            JsonElement teacher = rows.GetProperty("teachers").GetProperty("palm");
            Assert.Equal(original.GetProperty("n_gt").GetInt32(), rows.GetProperty("rows").GetInt32());
            Assert.Equal(original.GetProperty("n_llm").GetInt32(), teacher.GetProperty("rows").GetInt32());
            Assert.Equal(original.GetProperty("llm_accuracy").GetDouble(), teacher.GetProperty("accuracy").GetDouble(), 1e-12);
            Assert.Equal(original.GetProperty("blank_labels").GetInt32(), teacher.GetProperty("blankLabels").GetInt32());
            Assert.Equal(original.GetProperty("empty_rationales").GetInt32(), teacher.GetProperty("emptyRationales").GetInt32());
            Assert.Equal(original.GetProperty("rationale_chars").GetInt64(), teacher.GetProperty("rationaleChars").GetInt64());
            Assert.Equal(original.GetProperty("label_chars").GetInt64(), teacher.GetProperty("labelChars").GetInt64());
        }
    }

    [Fact]
    public async Task Show_Demo_TellsRowsAndTeacherAsTable()
    {
        CommandResult result = await InProcess.RunAsync(["datasets", "show", "demo"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("2,000", result.Out, StringComparison.Ordinal);
        Assert.Contains("80.0 %", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_DatasetWithOneSplit_ShowsWhatIsThere()
    {
        using var folder = new TempFolder();
        folder.Write("svamp/svamp_test.json", """{"input": "One and one?", "label": "( 1.0 + 1.0 )"}""" + "\n");

        CommandResult shown = await InProcess.RunAsync(["datasets", "show", "svamp", "--data-dir", folder.Path, "--json"]);
        CommandResult listed = await InProcess.RunAsync(["datasets", "list", "--data-dir", folder.Path, "--json"]);

        using var json = JsonDocument.Parse(shown.Out);
        JsonProperty split = Assert.Single(json.RootElement.GetProperty("splits").EnumerateObject());
        Assert.Equal("test", split.Name);
        Assert.Equal(1, split.Value.GetProperty("rows").GetInt32());
        using var list = JsonDocument.Parse(listed.Out);
        JsonElement svamp = list.RootElement.GetProperty("datasets").EnumerateArray().Single(
            d => d.GetProperty("name").GetString() == "svamp");
        Assert.True(svamp.GetProperty("isThere").GetBoolean());
        Assert.Equal("test", Assert.Single(svamp.GetProperty("splits").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task ListAndShow_FilesUnderWrongNames_AreNamedBesideTheRowsThatAreThere()
    {
        const string Row = """{"input": "One and one?", "score": NaN, "label": "( 1.0 + 1.0 )"}""";
        using var folder = new TempFolder();
        folder.Write("svamp/svamp_train.json", $"[\n{Row},\n{Row}\n]");
        folder.Write("svamp/test.json", Row);

        CommandResult listed = await InProcess.RunAsync(["datasets", "list", "--data-dir", folder.Path]);
        CommandResult asJson = await InProcess.RunAsync(["datasets", "list", "--data-dir", folder.Path, "--json"]);
        CommandResult shown = await InProcess.RunAsync(["datasets", "show", "svamp", "--data-dir", folder.Path]);

        const string Note = "svamp/test.json is not read: name it svamp_test.json.";
        Assert.Contains("train 2", listed.Out, StringComparison.Ordinal);
        Assert.Contains(Note, listed.Out, StringComparison.Ordinal);
        Assert.Contains(Note, shown.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(asJson.Out);
        JsonElement svamp = json.RootElement.GetProperty("datasets").EnumerateArray().Single(
            d => d.GetProperty("name").GetString() == "svamp");
        Assert.Equal(2, svamp.GetProperty("rows").GetProperty("train").GetInt32());
        Assert.Equal(Note, Assert.Single(svamp.GetProperty("notes").EnumerateArray()).GetString());
    }

    [Theory]
    [InlineData(new[] { "datasets" }, "list, show")]
    [InlineData(new[] { "datasets", "delete" }, "list, show")]
    [InlineData(new[] { "datasets", "show" }, "NAME is missing")]
    [InlineData(new[] { "datasets", "show", "imagenet" }, "imagenet")]
    [InlineData(new[] { "datasets", "show", "cqa", "--data-dir", "/no/such/place" }, "/no/such/place")]
    [InlineData(new[] { "datasets", "show", "demo", "svamp" }, "svamp")]
    [InlineData(new[] { "datasets", "show", "demo", "--tokenizer", "/no/such/place" }, "/no/such/place")]
    [InlineData(new[] { "datasets", "list", "--data-dri", "x" }, "did you mean --data-dir?")]
    public async Task Datasets_WrongUse_IsRefusedInOneSentence(string[] arguments, string part)
    {
        CommandResult result = await InProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
    }
}
