using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Commands.Studies;

public sealed class StudyCommandTests : IDisposable
{
    private readonly StudyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("run", "There is nothing to run")]
    [InlineData("run --preset nothing --dataset demo", "--preset nothing is unknown")]
    [InlineData("run --preset ablations --from_pretrained demo", "--dataset is missing")]
    [InlineData("run x --preset ablations --dataset demo", "exclude each other")]
    [InlineData("run x --lr 1", "--lr cannot change in an existing study")]
    [InlineData("run x --name y", "--name belongs to a new study")]
    [InlineData("run x", "There is no study x here")]
    [InlineData("run --preset ablations --dataset demo --model_type standard", "--model_type is what ablations varies")]
    [InlineData("run --preset ablations --dataset demo --seeds 0", "--seeds 0 is out of range")]
    [InlineData("run --preset ablations --dataset demo --margin 2", "--margin 2 is out of range")]
    [InlineData("run --preset ablations --dataset demo --margin x", "--margin x is out of range")]
    [InlineData("run --preset ablations --dataset demo --max-seeds -1", "--max-seeds -1 is out of range")]
    [InlineData("run --preset ablations --dataset demo --llm nobody", "nobody")]
    [InlineData("run --preset ablations --dataset cqa --from_pretrained demo --init random", "cqa")]
    [InlineData("run --file nothing.json", "nothing.json does not exist")]
    [InlineData("show", "STUDY is missing")]
    [InlineData("show x", "There is no study x here")]
    [InlineData("export ../x", "There is no study ../x here")]
    [InlineData("delete", "STUDY is missing")]
    [InlineData("delete ../x --yes", "There is no study ../x here")]
    [InlineData("edit x", "There is nothing to change")]
    [InlineData("edit x --margin 1", "--margin 1 is out of range")]
    [InlineData("pause x", "There is no study x here")]
    [InlineData("resume", "STUDY is missing")]
    public async Task Study_WrongUse_IsRefusedInSentencesAndMakesNothing(string arguments, string problem)
    {
        CommandResult result = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(problem, Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home.Home.Studies));
        Assert.False(Directory.Exists(_home.Home.Runs));
    }

    [Fact]
    public async Task Run_Plan_TellsWhatWouldBeRunAndMakesNothing()
    {
        CommandResult result = await RunAsync("run", "--preset", "paper-fractions", "--dataset", "demo", "--seeds", "2", "--plan");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("10 cells × 2 seeds, 20 runs", result.Out, StringComparison.Ordinal);
        Assert.Contains("of disk", result.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home.Home.Studies));
    }

    [Fact]
    public async Task Run_NameOfAStudyThatAsksSomethingElse_IsRefused()
    {
        new StudyStore(_home.Home).Create(StudyHome.Pair(), RunScript.Start);
        string[] run =
            ["run", "--preset", "standard-vs-step-by-step", "--dataset", "demo", "--name", "pair", "--eval_steps", "10", "--plan"];

        Assert.Contains(
            "exists with other settings", Assert.Single((await RunAsync([.. run, "--max_steps", "21"])).Problems),
            StringComparison.Ordinal);
        Assert.Contains("2 cells × 5 seeds", (await RunAsync([.. run, "--max_steps", "20"])).Out, StringComparison.Ordinal);
        Assert.Contains(
            "--seeds 2 is fewer than the 3", Assert.Single((await RunAsync("run", "pair", "--seeds", "2")).Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StudyThatAnotherProcessRuns_IsRefused()
    {
        var store = new StudyStore(_home.Home);
        using IDisposable? taken = store.TryTake(store.Create(StudyHome.Pair(), RunScript.Start).Id);

        Assert.Contains("run by another process", Assert.Single((await RunAsync("run", "pair")).Problems), StringComparison.Ordinal);
        Assert.Single((await RunAsync("run", "pair", "--seeds", "9")).Problems);
        Assert.Equal(3, store.Get("pair").Seeds.Count); // what is refused changes nothing
    }

    [Fact]
    public async Task Run_MoreSeedsAfterAVerdict_NotesWhatCouldBeSeen()
    {
        var store = new StudyStore(_home.Home);
        Study study = store.Create(StudyHome.Pair(2), RunScript.Start);
        foreach ((int cell, int seed) in from cell in (int[])[0, 1] from seed in (int[])[0, 1, 2] select (cell, seed))
        {
            _home.Finish(study.WithMoreSeeds(3), cell, seed, 0.5 + (0.1 * cell) + (0.01 * seed * cell));
        }

        Assert.Equal(0, (await RunAsync("run", "pair", "--seeds", "3")).ExitCode);

        Assert.Equal([2], store.Get("pair").Looks);
        CommandResult show = await RunAsync("show", "pair");
        Assert.Contains("added after a verdict on 2 could be seen", show.Out.ReplaceLineEndings(" "), StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await RunAsync("show", "pair", "--json")).Out);
        Assert.Equal(2, json.RootElement.GetProperty("looks")[0].GetInt32());
        JsonElement compared = json.RootElement.GetProperty("verdicts")[0].GetProperty("comparisons")[0];
        Assert.True(compared.GetProperty("isAlwaysValid").GetBoolean());
        Assert.Equal(-1, compared.GetProperty("low").GetDouble()); // three pairs decide nothing at every look
    }

    [Fact]
    public async Task ShowListExport_OfAStudy_TellItsCells()
    {
        Study study = new StudyStore(_home.Home).Create(StudyHome.Pair(2) with { Notes = "my notes" }, RunScript.Start);
        _home.Finish(study, 0, 0, 0.5);
        _home.Finish(study, 0, 1, 0.6);
        _home.Add(_home.SpecOf(study, 1, 0), spec => [RunScript.Started(spec), new Failed(3, "It broke.", null, null)]);

        CommandResult show = await RunAsync("show", "PAIR");
        Assert.All(["2 of 4 runs finished, 1 failed", "my notes", "2 of 2", "55.0 %", "It broke."], part =>
            Assert.Contains(part, show.Out, StringComparison.Ordinal));
        using var json = JsonDocument.Parse((await RunAsync("show", "pair", "--json")).Out);
        Assert.Equal(0.55, json.RootElement.GetProperty("cells")[0].GetProperty("accuracy").GetProperty("mean").GetDouble(), 12);
        Assert.Equal("failed", json.RootElement.GetProperty("cells")[1].GetProperty("runs")[0].GetProperty("state").GetString());
        Assert.Contains("pair", (await RunAsync("list")).Out, StringComparison.Ordinal);
        using var list = JsonDocument.Parse((await RunAsync("list", "--json")).Out);
        Assert.Equal(2, list.RootElement.GetProperty("studies")[0].GetProperty("finished").GetInt32());

        string[] cells = (await RunAsync("export", "pair")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("model_type,seeds,accuracy,", cells[0], StringComparison.Ordinal);
        Assert.StartsWith("standard,2,0.55,", cells[1], StringComparison.Ordinal);
        Assert.StartsWith("task_prefix,0,,", cells[2], StringComparison.Ordinal);
        await RunAsync("export", "pair", "--runs", "--out", Path.Combine(_home.Home.Path, "runs.csv"));
        Assert.Equal(5, File.ReadLines(Path.Combine(_home.Home.Path, "runs.csv")).Count());
    }

    [Fact]
    public async Task Edit_MarginAndName_AreKeptAndTheOldCommandContinues()
    {
        var store = new StudyStore(_home.Home);
        store.Create(StudyHome.Pair(), RunScript.Start);
        store.Create(StudyHome.Pair() with { Name = "taken" }, RunScript.Start);
        store.Create(StudyHome.Pair() with { Name = "alone", Comparison = null }, RunScript.Start);

        Assert.Contains(
            "within 1 point", (await RunAsync("edit", "pair", "--margin", "0.01", "--notes", "why")).Out, StringComparison.Ordinal);
        Assert.Equal((0.01, "why"), (store.Get("pair").Comparison!.Margin, store.Get("pair").Notes));
        Assert.Contains(
            "exists already", Assert.Single((await RunAsync("edit", "pair", "--name", "TAKEN")).Problems), StringComparison.Ordinal);
        Assert.Contains(
            "compares nothing", Assert.Single((await RunAsync("edit", "alone", "--margin", "0.01")).Problems), StringComparison.Ordinal);
        Assert.Contains("nothing to pause", Assert.Single((await RunAsync("pause", "pair")).Problems), StringComparison.Ordinal);
        CommandResult again = await RunAsync(
            "run", "--preset", "standard-vs-step-by-step", "--dataset", "demo", "--name", "pair", "--max_steps", "20", "--eval_steps", "10",
            "--plan");
        Assert.Contains("2 cells × 5 seeds", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_Studies_RemovesThemAndLeavesTheirRuns()
    {
        var store = new StudyStore(_home.Home);
        Study study = store.Create(StudyHome.Pair(), RunScript.Start);
        _home.Finish(study, 0, 0, 0.5);
        _home.Write("studies/bad/study.json", "{");
        using (store.TryTake(study.Id))
        {
            Assert.Contains(
                "run by another process", Assert.Single((await RunAsync("delete", "pair", "--yes")).Problems), StringComparison.Ordinal);
        }

        CommandResult result = await RunAsync("delete", "PAIR", "bad", "--yes");

        Assert.Equal("Deleted: pair, bad. The runs are still there.", result.Out.Trim());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home.Home.Studies));
        Assert.Single(Directory.GetDirectories(_home.Home.Runs));
    }

    private Task<CommandResult> RunAsync(params string[] arguments) =>
        InProcess.RunAsync(["study", .. arguments, "--home", _home.Home.Path]);
}
