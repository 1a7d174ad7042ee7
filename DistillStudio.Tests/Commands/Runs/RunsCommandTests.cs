using System.IO.Compression;
using System.Text.Json;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Commands.Runs;

public sealed class RunsCommandTests : IDisposable
{
    private readonly RunsHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task List_RunsOfEveryState_TellsWhereEachStands()
    {
        RunFolder finished = _home.Add(RunScript.Spec(20) with { Name = "first" });
        RunFolder failed = _home.Add(events: spec => [RunScript.Started(spec), new Failed(0, "It broke.", "Mend it.", null)]);
        RunFolder stopped = _home.Add(events: spec => [RunScript.Started(spec), RunScript.Step(1, spec)]);
        RunFolder running = _home.Add(events: spec => [RunScript.Started(spec), RunScript.Step(1, spec)]);
        using IDisposable held = RunLock.Take(running.Path);

        CommandResult text = await _home.RunAsync("list");
        CommandResult result = await _home.RunAsync("list", "--json");

        Assert.Contains("4 runs in", text.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(result.Out);
        var states = json.RootElement.GetProperty("runs").EnumerateArray().ToDictionary(
            run => run.GetProperty("id").GetString()!, run => run.GetProperty("state").GetString());
        Assert.Equal(
            ["finished", "failed", "interrupted", "running"], new[] { finished, failed, stopped, running }.Select(run => states[run.Id]));
    }

    [Fact]
    public async Task List_DamagedRun_IsNamedAndTheOthersAreShown()
    {
        RunFolder good = _home.Add();
        RunFolder damaged = _home.Add();
        File.WriteAllText(damaged.SpecPath, "{");

        CommandResult result = await _home.RunAsync("list");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(good.Id, result.Out, StringComparison.Ordinal);
        Assert.Contains(damaged.SpecPath, result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show")]
    public async Task ListAndShow_LineWithoutAnEvent_SaySo(string command)
    {
        RunFolder run = _home.Add();
        File.AppendAllText(run.EventsPath, "{\"event\":\"chec\n{\"event\":\"unfin");
        int line = File.ReadAllLines(run.EventsPath).Length - 1;

        CommandResult result = await _home.RunAsync(command == "list" ? ["list"] : ["show", run.Id]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            $"{run.Id}: events.jsonl has 1 line without an event that can be read, line {line};",
            (result.Out + result.Error).Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_ByIdStartNameAndFolder_IsTheSameRun()
    {
        RunFolder run = _home.Add(RunScript.Spec(20) with { Name = "my run" });
        _home.Add();

        foreach (string word in new[] { run.Id, "my run", run.Path, run.Path + "/" })
        {
            CommandResult result = await _home.RunAsync("show", word, "--json");
            using var json = JsonDocument.Parse(result.Out);
            Assert.Equal(run.Id, json.RootElement.GetProperty("run").GetProperty("id").GetString());
            Assert.Equal(2, json.RootElement.GetProperty("evaluations").GetArrayLength());
        }

        Assert.Contains("--max_steps 20", (await _home.RunAsync("show", run.Id)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_StartOfOneId_FindsItAndOfSeveralIsRefused()
    {
        RunFolder one = _home.Add();
        RunFolder two = _home.Add();
        string start = one.Id[..^4];

        CommandResult both = await _home.RunAsync("show", start);
        Assert.Equal(2, both.ExitCode);
        Assert.Contains(one.Id, Assert.Single(both.Problems), StringComparison.Ordinal);
        Assert.Contains(two.Id, Assert.Single(both.Problems), StringComparison.Ordinal);

        Directory.Delete(two.Path, recursive: true);
        Assert.Equal(0, (await _home.RunAsync("show", start)).ExitCode);
    }

    [Theory]
    [InlineData("show", "nothing", "There is no run \"nothing\"")]
    [InlineData("show", "", "RUN is empty; name a run")]
    [InlineData("show", "/no/such/folder", "/no/such/folder is not a run's folder")]
    [InlineData("delete", "nothing", "There is no run \"nothing\"")]
    [InlineData("export", "nothing", "There is no run \"nothing\"")]
    public async Task Runs_UnknownRun_IsRefusedInOneSentence(string command, string word, string part)
    {
        CommandResult result = await _home.RunAsync(command, word);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("report")]
    [InlineData("export", "--out", "x")]
    public async Task Runs_TwoFoldersOfOneName_AreRefused(string command, params string[] flags)
    {
        RunFolder run = _home.Add(RunScript.Spec(20));
        string copy = Path.Combine(_home["elsewhere"], run.Id);
        Directory.CreateDirectory(copy);
        Array.ForEach(Directory.GetFiles(run.Path), path => File.Copy(path, Path.Combine(copy, Path.GetFileName(path))));

        CommandResult result = await _home.RunAsync([command, run.Id, copy, .. flags]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"Two of the folders are called {run.Id}", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y\n", true)]
    [InlineData("n\n", false)]
    [InlineData("\n", false)]
    public async Task Delete_Asks_AndDoesAsAnswered(string answer, bool isGone)
    {
        RunFolder run = _home.Add();

        CommandResult result = await _home.AnswerAsync(answer, "delete", run.Id);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(isGone, !Directory.Exists(run.Path));
    }

    [Fact]
    public async Task Delete_WithoutAnswer_KeepsTheRunAndSaysHow()
    {
        RunFolder run = _home.Add();

        CommandResult result = await _home.AnswerAsync("", "delete", run.Id);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--yes", result.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(run.Path));
    }

    [Fact]
    public async Task Delete_OneOfTwoIsRunning_KeepsBoth()
    {
        RunFolder idle = _home.Add();
        RunFolder running = _home.Add(events: spec => [RunScript.Started(spec)]);
        using IDisposable held = RunLock.Take(running.Path);

        CommandResult result = await _home.RunAsync("delete", idle.Id, running.Id, "--yes");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{running.Id} is still running", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.True(Directory.Exists(idle.Path));
    }

    [Fact]
    public async Task Export_Run_HoldsItsFilesAndFigures_AndIsARunWhereItIsUnpacked()
    {
        RunFolder run = _home.Add();
        File.WriteAllText(run.TestAnswersPath, "");
        Directory.CreateDirectory(run.ModelPath);
        File.WriteAllText(Path.Combine(run.ModelPath, "config.json"), "{}");
        string archive = _home["run.zip"];

        Assert.Equal(0, (await _home.RunAsync("export", run.Id, "--out", archive)).ExitCode);
        ZipFile.ExtractToDirectory(archive, _home["unpacked"]);

        string unpacked = Path.Combine(_home["unpacked"], run.Id);
        Assert.Equal(
            ["evaluations.csv", "events.jsonl", "metrics.csv", "spec.json", "test-answers.jsonl"],
            Directory.EnumerateFileSystemEntries(unpacked).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(21, File.ReadLines(Path.Combine(unpacked, "metrics.csv")).Count());
        Assert.Equal(0, (await _home.RunAsync("show", unpacked)).ExitCode);
        Assert.Contains("already exists", (await _home.RunAsync("export", run.Id, "--out", archive)).Error, StringComparison.Ordinal);

        Assert.Equal(0, (await _home.RunAsync("export", run.Id, "--weights", "--out", _home["all.zip"])).ExitCode);
        using ZipArchive all = ZipFile.OpenRead(_home["all.zip"]);
        Assert.Contains($"{run.Id}/model/config.json", all.Entries.Select(entry => entry.FullName));
    }
}
