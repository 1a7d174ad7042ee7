using System.Text.Json;

namespace DistillStudio.Tests.Commands;

public sealed class DatasetsImportCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_Json_HasTheShapeThatScriptsRead()
    {
        string file = _folder.Write(
            "a.csv", "question,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"q{i},x\n")) + "blank,\n");
        CommandResult result = await RunAsync(
            "import", "mine", "--file", file, "--valid-share", "0.25", "--test-share", "0.25", "--seed", "3", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            $$$"""{"dataset":"mine","splits":{"train":{"rows":20},"valid":{"rows":10},"test":{"rows":10}},"rejected":{"count":1,"first":[{"file":"{{{file}}}","line":42,"reason":"the label is blank"}]}}""",
            result.Out.Trim());
    }

    [Fact]
    public async Task Import_TooManyRejected_WritesNothingUntilYes()
    {
        string file = _folder.Write("a.csv", "question,label\na,x\nb,x\nc,x\nd,\n");
        CommandResult refused = await RunAsync("import", "mine", "--file", file, "--json");
        Assert.Equal(2, refused.ExitCode);
        using (var json = JsonDocument.Parse(refused.Out))
        {
            Assert.Equal(1, json.RootElement.GetProperty("rejected").GetProperty("count").GetInt32());
            Assert.Empty(json.RootElement.GetProperty("splits").EnumerateObject());
        }

        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["home/datasets/mine"]));
        Assert.Equal(0, (await RunAsync("import", "mine", "--file", file, "--yes")).ExitCode);
    }

    [Fact]
    public async Task Import_AllFlags_AreFollowedAndWrittenOut()
    {
        string train = _folder.Write("one.jsonl", """{"q":"Who?","opts":["me","you"],"gold":1,"why":"Since.","id":7}""" + "\n");
        string test = _folder.Write("two.jsonl", """{"q":"Where?","opts":["here","there"],"gold":0,"why":"So.","id":8}""" + "\n");
        string teacher = _folder.Write(
            "t.jsonl", """{"id":8,"guess":0,"text":"T."}""" + "\n" + """{"id":7,"guess":0,"text":"R."}""" + "\n");
        CommandResult result = await RunAsync(
            "import", "mine", "--file", $"train={train}", "--file", $"test={test}", "--task", "choice", "--input", "{{Q}} {q}", "--label",
            "gold", "--choices", "opts", "--rationale", "why",
            "--teacher", "big", "--teacher-label", "guess", "--teacher-rationale", "text", "--teacher-file", teacher, "--key", "id");
        Assert.Equal("", result.Error);
        Assert.Contains(
            "--task choice --input '{{Q}} {q}' --label gold --choices opts --rationale why --teacher big", result.Out,
            StringComparison.Ordinal);
        CommandResult shown = await RunAsync("show", "mine", "--json");
        using var json = JsonDocument.Parse(shown.Out);
        JsonElement teachers = json.RootElement.GetProperty("splits").GetProperty("train").GetProperty("teachers");
        Assert.Equal(
            (1.0, 0.0),
            (
                teachers.GetProperty("own").GetProperty("accuracy").GetDouble(),
                teachers.GetProperty("big").GetProperty("accuracy").GetDouble()));
        Assert.StartsWith(
            """{"input":"{Q} Who?\nAnswer Choices:\n(a) me\n(b) you","label":"you""",
            File.ReadAllText(_folder["home/datasets/mine/mine_train.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "import" }, "NAME is missing")]
    [InlineData(new[] { "import", "mine" }, "--file is missing")]
    [InlineData(new[] { "import", "mine", "--file", "nowhere.csv" }, "nowhere.csv does not exist")]
    [InlineData(new[] { "import", "mine", "--file", "x", "--task", "regression" }, "--task regression is unknown")]
    [InlineData(new[] { "import", "mine", "--file", "x", "--test-share", "1" }, "--test-share 1 is out of range")]
    [InlineData(new[] { "get", "imagenet" }, "choose one of cqa, svamp, esnli, anli1")]
    [InlineData(new[] { "get", "cqa", "--sha256", "12" }, "--sha256")]
    [InlineData(new[] { "get", "cqa", "--from", "/no/where" }, "does not exist")]
    [InlineData(new[] { "remove", "demo", "--yes" }, "made by the program")]
    [InlineData(new[] { "remove", "cqa", "--yes" }, "is not in")]
    public async Task Command_WrongUse_SaysWhatToDo(string[] arguments, string part)
    {
        CommandResult result = await RunAsync(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remove_WithoutYes_IsAsked()
    {
        await RunAsync("import", "mine", "--file", _folder.Write("a.csv", "question,label\na,x\nb,x\nc,x\n"));
        Assert.Contains("--yes", (await RunAsync("remove", "mine")).Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_folder["home/datasets/mine"]));
        Assert.Equal(0, (await RunAsync("remove", "mine", "--yes")).ExitCode);
        Assert.False(Directory.Exists(_folder["home/datasets/mine"]));
    }

    private Task<CommandResult> RunAsync(params string[] arguments) =>
        InProcess.RunAsync(["datasets", .. arguments, "--home", _folder["home"]]);
}
