using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Tests.Commands.Runs;
using DistillStudio.Tests.Engine.Hub;
using Spectre.Console;

namespace DistillStudio.Tests.Commands;

/// <summary>The <c>models</c> commands over a home of their own, and a hub on this machine.</summary>
[Collection(nameof(HubVariables))]
public sealed class ModelsCommandTests : IDisposable
{
    private readonly RunsHome _home = new();
    private readonly HubVariables _variables;

    public ModelsCommandTests() => _variables = new(_home["cache"]) { [HubVariables.Token] = FakeHub.Token };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _variables.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task ImportListShowRemove_OneModel_TellsWhatItIs()
    {
        TinyModel.Write(_home["tiny"]);
        Assert.Contains("lab/tiny (", (await RunAsync("import", _home["tiny"], "--name", "lab/tiny")).Out, StringComparison.Ordinal);

        JsonElement listed = await JsonAsync("list");
        JsonElement shown = await JsonAsync("show", "lab/tiny");
        CommandResult table = await RunAsync("show", "lab/tiny");

        Assert.Equal(
            ("lab/tiny", "mit"),
            (
                listed.GetProperty("models")[0].GetProperty("name").GetString(),
                listed.GetProperty("models")[0].GetProperty("licence").GetString()));
        Assert.Equal("mit", shown.GetProperty("licence").GetString());
        Assert.Equal(_home["tiny"], shown.GetProperty("source").GetString());
        Assert.True(shown.GetProperty("bytes").GetInt64() > shown.GetProperty("parameters").GetInt64());
        long[] memory = [.. shown.GetProperty("memory").EnumerateArray().Select(at => at.GetProperty("bytes").GetInt64())];
        Assert.Equal(memory.Order(), memory);
        Assert.True(memory[^1] > memory[0]);
        Assert.Contains("memory, batch 64", table.Out, StringComparison.Ordinal);

        CommandResult unsure = await RunAsync("remove", "lab/tiny");
        Assert.Equal((2, true), (unsure.ExitCode, Directory.Exists(_home["models/lab/tiny"])));
        Assert.Equal("lab/tiny", (await JsonAsync("remove", "lab/tiny", "--yes")).GetProperty("removed").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home["models"]));
    }

    [Theory]
    [InlineData("demo", "bundled")]
    [InlineData("nothing", "is not in")]
    [InlineData("..", "is not a valid model name")]
    [InlineData("/etc", "is not a valid model name")]
    public async Task Remove_WhatIsNoModelOfTheHome_IsRefused(string name, string part)
    {
        CommandResult result = await RunAsync("remove", name, "--yes");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Remove_ModelOfARunThatTrains_IsRefused(bool isByName)
    {
        TinyModel.Write(_home["models/lab/tiny"]);
        RunSpec spec = RunScript.Spec(20) with { FromPretrained = isByName ? "lab/tiny" : _home["models/lab/tiny"] };
        RunFolder run = _home.Add(spec, s => RunScript.Whole(s).SkipLast(1));
        using (RunLock.Take(run.Path))
        {
            CommandResult result = await RunAsync("remove", "lab/tiny", "--yes");
            Assert.Contains($"in use by the run {run.Id}", Assert.Single(result.Problems), StringComparison.Ordinal);
        }

        Assert.Equal(0, (await RunAsync("remove", "lab/tiny", "--yes")).ExitCode);
    }

    [Theory]
    [InlineData("out")]
    [InlineData("out.zip")]
    public async Task Export_OfARun_IsAModelWithItsCard(string target)
    {
        RunFolder run = Trained();

        CommandResult exported = await RunAsync("export", run.Id, _home[target]);
        Assert.True(exported.ExitCode == 0, exported.Error);
        Assert.Equal(0, (await RunAsync("import", _home[target], "--name", "again")).ExitCode);

        Assert.NotNull(HuggingFaceFolder.Describe(_home["models/again"]).WeightsFile);
        string card = await File.ReadAllTextAsync(_home["models/again/README.md"], Stop);
        Assert.StartsWith("---\nlibrary_name: transformers\n", card, StringComparison.Ordinal);
        Assert.Equal("mit", ModelCard.LicenceOf(card)); // of the model that the run started from
        Assert.Contains("value: 0.75\n", card, StringComparison.Ordinal);
        foreach (string part in
            (string[])["75.0 % of the 100 test rows are right", "95 % interval", "Learning rate", "predict: ", "| Version | 1.0 |", "--from_pretrained lab/tiny"])
        {
            Assert.Contains(part, card, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(_home.Home.Path, card, StringComparison.Ordinal);
        Assert.DoesNotContain(
            _home.Home.Path, await File.ReadAllTextAsync(_home["models/again/spec.json"], Stop), StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(_home.Home.Path), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Export_OntoSomething_LeavesItAlone()
    {
        RunFolder run = Trained();
        Directory.CreateDirectory(_home["full"]);
        await File.WriteAllTextAsync(_home["full/a"], "mine", Stop);
        await File.WriteAllTextAsync(_home["a.zip"], "mine", Stop);

        Assert.All(
            [await RunAsync("export", run.Id, _home["full"]), await RunAsync("export", run.Id, _home["a.zip"])],
            result => Assert.Contains("already exists", Assert.Single(result.Problems), StringComparison.Ordinal));
        Assert.Equal("mine", await File.ReadAllTextAsync(_home["a.zip"], Stop));
    }

    [Theory]
    [InlineData("out")]
    [InlineData("out.zip")]
    public async Task Export_OfADamagedModel_IsRefusedAndWritesNothing(string target)
    {
        RunFolder run = Trained();
        string weights = Path.Combine(run.ModelPath, "model.safetensors");
        byte[] whole = await File.ReadAllBytesAsync(weights, Stop);
        await File.WriteAllBytesAsync(weights, whole[..(whole.Length / 2)], Stop);

        CommandResult exported = await RunAsync("export", run.Id, _home[target]);

        Assert.Equal(2, exported.ExitCode);
        string problem = Assert.Single(exported.Problems);
        Assert.StartsWith($"The model of {run.Id} is damaged", problem, StringComparison.Ordinal);
        Assert.Contains(weights, problem, StringComparison.Ordinal);
        Assert.False(Path.Exists(_home[target]));
    }

    [Fact]
    public async Task Export_OfARunWithoutAModel_SaysWhy()
    {
        RunFolder unfinished = _home.Add(events: spec => RunScript.Whole(spec).SkipLast(1));
        RunFolder gone = _home.Add();

        Assert.Contains(
            "has not finished", Assert.Single((await RunAsync("export", unfinished.Id, _home["out"])).Problems), StringComparison.Ordinal);
        Assert.Contains(
            "is no longer in", Assert.Single((await RunAsync("export", gone.Id, _home["out"])).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_OfARun_CanBeGotAgain()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        RunFolder run = Trained();

        JsonElement pushed = await JsonAsync("push", run.Id, "lab/mine", "--hub", hub.Address.ToString());
        JsonElement got = await JsonAsync("get", "lab/mine", "--hub", hub.Address.ToString());

        Assert.Equal(
            ("lab/mine", "c0ffee", true),
            (pushed.GetProperty("model").GetString(), pushed.GetProperty("commit").GetString(), pushed.GetProperty("isNew").GetBoolean()));
        Assert.All(got.GetProperty("files").EnumerateArray(), file => Assert.True(file.GetProperty("isVerified").GetBoolean()));
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(run.ModelPath, "model.safetensors"), Stop),
            await File.ReadAllBytesAsync(_home["models/lab/mine/model.safetensors"], Stop));
        Assert.DoesNotContain(FakeHub.Token, pushed.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_HubOfTheHomesSettings_IsAsked()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Models["lab/mine"] = new(TinyModel.Files("pytorch_model.bin"));
        await File.WriteAllTextAsync(_home["appsettings.json"], $$"""{"DistillStudio": {"HubUrl": "{{hub.Address}}" } }""", Stop);

        Assert.Equal(hub.Address.ToString(), (await JsonAsync("get", "lab/mine")).GetProperty("source").GetString());
    }

    [Fact]
    public async Task Train_ModelThatIsMissing_IsOfferedAndGot()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Models["lab/mine"] = new(TinyModel.Files("pytorch_model.bin"));
        _variables[HubVariables.Endpoint] = hub.Address.ToString();
        string[] train = [
            "train", "--from_pretrained", "lab/mine", "--dataset", "demo", "--max_steps", "1", "--eval_steps", "1", "--batch_size", "2",
            "--subsample", "0.01", "--gen_max_len", "2", "--device", "cpu", "--home", _home.Home.Path,
        ];

        CommandResult no = await AnswerAsync("n\n", train);
        Assert.Equal((2, 0), (no.ExitCode, hub.Requests.Count));
        Assert.Contains("models get lab/mine", Assert.Single(no.Problems), StringComparison.Ordinal);
        CommandResult wrongToo = await AnswerAsync("y\n", [.. train, "--alpha", "7"]);
        Assert.Equal((2, 0), (wrongToo.ExitCode, hub.Requests.Count)); // nothing is downloaded for a run that cannot start

        CommandResult yes = await AnswerAsync("y\n", train);

        Assert.True(yes.ExitCode == 0, yes.Error);
        Assert.Contains($"Get it from {hub.Address.Host}? [y/N]", yes.Out, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_home["models/lab/mine"]));
    }

    /// <summary>Answers a question as a terminal would.</summary>
    private static Task<CommandResult> AnswerAsync(string input, string[] arguments) =>
        InProcess.RunAsync(arguments, input, isAnswered: true);

    /// <summary>Records a finished run with a model in its folder, started from a model of the home.</summary>
    private RunFolder Trained()
    {
        TinyModel.Write(_home["models/lab/tiny"]);
        RunFolder run = _home.Add(RunScript.Spec(20) with { FromPretrained = _home["models/lab/tiny"] });
        TinyModel.Write(run.ModelPath);
        File.Copy(run.SpecPath, Path.Combine(run.ModelPath, RunFolder.SpecName));
        return run;
    }

    private Task<CommandResult> RunAsync(params string[] arguments) =>
        InProcess.RunAsync(["models", .. arguments, "--home", _home.Home.Path]);

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        CommandResult result = await RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Out).RootElement;
    }
}
