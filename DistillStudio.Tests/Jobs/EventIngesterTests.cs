using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Jobs;

public sealed class EventIngesterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunOfAnotherWriter_AppearsAndLivesLikeAnyOther()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);

        using (var recorder = new RunRecorder(folder.EventsPath, [], TimeProvider.System))
        {
            recorder.Record(RunScript.Started(RunScript.Spec()));
            await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Running);

            recorder.Record(RunScript.Step(1, RunScript.Spec()));
            await Eventually.Holds(() => bench.History.Find(folder.Id)!.Step == 1);
            recorder.Record(new Paused(1));
            await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Paused);
            recorder.Record(RunScript.Finished(1));
        }

        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Finished);
    }

    [Fact]
    public async Task RunOfAnotherProcess_KilledInTheMiddleOfALine_BecomesInterruptedAndContinuesWhenItDoes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "This system has no flock command to stand for another process.");
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);
        string[] lines =
            [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(30))).Select(e => JsonSerializer.Serialize(e, EngineJson.Events))];
        File.WriteAllLines(_folder["lines"], lines.Take(20));

        // Holds the run's lock, writes twenty lines and half of another, and stays.
        using Process other = Process.Start(
            new ProcessStartInfo(
                "/usr/bin/flock",
                [
                    "--no-fork", folder.Path + "/run.lock", "sh", "-c",
                    $"cat '{_folder["lines"]}' > '{folder.EventsPath}'; printf '{{\"event\":' >> '{folder.EventsPath}'; exec sleep 60",
                ]))!;
        await Eventually.Holds(() => bench.History.Find(folder.Id)?.LastNumber == 20);
        await LooksAgainAsync(bench);
        Assert.Equal(RunState.Running, bench.StateOf(folder.Id)); // silent, but alive

        other.Kill(entireProcessTree: true);
        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Interrupted);
        Assert.Equal(bench.History.Find(folder.Id)!.LastTime, bench.History.Find(folder.Id)!.EndedAt);

        using (RunLockOf(folder))
        {
            File.AppendAllLines(folder.EventsPath, ["", .. lines.Skip(20).Take(2)]);
            await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Running);
            File.AppendAllLines(folder.EventsPath, lines.Skip(22));
            await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Finished);
        }

        Assert.Equal(30, bench.History.Find(folder.Id)!.Rows);
    }

    [Fact]
    public async Task RunWithLinesThatHoldNoEvent_CountsThemOnceAlsoAfterARestart()
    {
        RunFolder folder = RunFiles.Create(_folder.Home, RunScript.Spec(5), RunScript.Whole(RunScript.Spec(5), 5));
        File.AppendAllText(folder.EventsPath, "?\n{\"event\":\"checkp\n");
        await using (Bench before = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            await Eventually.Holds(() => before.History.Find(folder.Id)?.UnreadableLines == 2);
            await before.History.FlushAsync();
        }

        File.AppendAllText(folder.EventsPath, "??\n");
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => bench.History.Find(folder.Id)?.UnreadableLines == 3);

        File.WriteAllLines(folder.EventsPath, File.ReadAllLines(folder.EventsPath)[..^3]); // mended by hand
        await Eventually.Holds(() => bench.History.Find(folder.Id)?.UnreadableLines == 0);
    }

    [Fact]
    public async Task RunWithManySteps_ReadBehindThePages_SaysSoUntilAllIsRead()
    {
        const int Steps = 100_000;
        RunSpec spec = RunScript.Spec(Steps);
        string step = JsonSerializer.Serialize<RunEvent>(RunScript.Step(1, spec) with { Number = 2 }, EngineJson.Events);
        Assert.Contains("\"step\":1,", step, StringComparison.Ordinal);
        Assert.Contains("\"number\":2,", step, StringComparison.Ordinal);
        RunFolder folder = RunFiles.Create(_folder.Home, spec, RunScript.Started(spec));
        File.AppendAllLines(
            folder.EventsPath,
            Enumerable.Range(1, Steps).Select(i => step.Replace("\"step\":1,", $"\"step\":{i},", StringComparison.Ordinal)
                .Replace("\"number\":2,", $"\"number\":{i + 1},", StringComparison.Ordinal)));
        var said = new ConcurrentQueue<int>();
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        bench.History.Changed += _ => said.Enqueue(bench.History.Behind);

        await bench.StartAsync();
        await Eventually.Holds(() => bench.History.Find(folder.Id)?.Rows == Steps && bench.History.Behind == 0);

        Assert.Contains(1, said);
    }

    [Fact]
    public async Task EventFile_CutBackAndContinued_IsReadAgainWithoutDoubles()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);
        string[] lines =
            [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(300))).Select(e => JsonSerializer.Serialize(e, EngineJson.Events))];
        File.WriteAllLines(folder.EventsPath, lines.Take(200));
        await Eventually.Holds(() => bench.History.Find(folder.Id)?.LastNumber == 200);

        RunSpec spec = RunScript.Spec(250);
        RunEvent[] other = [
            .. RunScript.Numbered(
                [new Resumed(99), .. Enumerable.Range(100, 151).Select(i => RunScript.Step(i, spec)), RunScript.Finished(250)], after: 101)
        ];
        File.WriteAllLines(folder.EventsPath, [.. lines.Take(101), .. other.Select(e => JsonSerializer.Serialize(e, EngineJson.Events))]);

        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Finished);
        Assert.Equal(
            Enumerable.Range(1, 250).Select(i => (double)i),
            bench.History.Series(folder.Id, new SeriesRequest([Metric.Loss])).Curves[0].X);
    }

    [Fact]
    public async Task Folder_Removed_RunGoes()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);
        File.WriteAllText(folder.EventsPath, "");
        await Eventually.Holds(() => bench.History.Find(folder.Id) is not null);

        Directory.Delete(folder.Path, recursive: true);

        await Eventually.Holds(() => bench.History.Find(folder.Id) is null);
    }

    [Fact]
    public async Task Folder_AddedWhileTheFoldersAreListed_RunStays()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync(withWorker: false);
        ConcurrentBag<string> gone = [];
        bench.History.Changed += change =>
        {
            if (change.IsRewound && bench.History.Find(change.RunId) is null)
            {
                gone.Add(change.RunId);
            }
        };

        string[] launched = [.. Enumerable.Range(0, 200).Select(_ => bench.Manager.Launch(RunScript.Spec()))];

        Assert.Empty(gone);
        Assert.All(launched, id => Assert.Equal(RunState.Queued, bench.StateOf(id)));
    }

    [Fact]
    public async Task Folder_WithoutEventsOrSidecar_IsLeftAlone()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start); // train --no_log, or not begun yet
        Directory.CreateDirectory(Path.Combine(_folder.Home.Runs, "something-else"));
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Home.Runs, "broken")).FullName, "spec.json"), "{");
        File.WriteAllText(Path.Combine(_folder.Home.Runs, "broken", "events.jsonl"), "{}\n");

        RunFolder sign = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);
        File.WriteAllText(sign.EventsPath, "");
        await Eventually.Holds(() => bench.History.Find(sign.Id) is not null);
        Assert.Equal([sign.Id], bench.History.ListRuns().Select(run => run.Id));
    }

    [Fact]
    public async Task Spec_ThatCannotBeRead_IsToldWithFileAndMend_UntilItIsMended()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);
        string spec = File.ReadAllText(folder.SpecPath);
        File.WriteAllText(folder.SpecPath, "{ \"dataset\": ");
        File.WriteAllText(folder.EventsPath, "");

        await Eventually.Holds(() => bench.History.Unreadable.Count == 1);
        UnreadableRun told = bench.History.Unreadable[0];
        Assert.Equal(folder.Id, told.Id);
        Assert.Contains(folder.SpecPath, told.Problem, StringComparison.Ordinal);
        Assert.Contains("restore the file", told.Problem, StringComparison.Ordinal);
        Assert.Empty(bench.History.ListRuns());

        File.WriteAllText(folder.SpecPath, spec);
        await Eventually.Holds(() => bench.History.Unreadable.Count == 0 && bench.History.Find(folder.Id) is not null);
    }

    [Fact]
    public async Task Colors_OthersDeletedAndServerRestarted_StayWithTheirRuns()
    {
        string[] ids;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor { StepTime = TimeSpan.Zero }).StartAsync())
        {
            ids = [.. Enumerable.Range(0, 4).Select(_ => bench.Manager.Launch(RunScript.Spec(2)))];
            await Eventually.Holds(() => ids.All(id => bench.StateOf(id) == RunState.Finished));
            Assert.Equal([0, 1, 2, 3], ids.Select(id => bench.History.Find(id)!.Color!.Value));
            Directory.Delete(bench.History.Find(ids[1])!.Folder, recursive: true);
            await Eventually.Holds(() => bench.History.Find(ids[1]) is null);
        }

        await using (Bench again = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync(withWorker: false))
        {
            Assert.Equal([0, 2, 3], ids.Where((_, i) => i != 1).Select(id => again.History.Find(id)!.Color!.Value));
            Assert.Equal(4, again.History.Find(again.Manager.Launch(RunScript.Spec(2)))!.Color);
        }

        File.Delete(_folder.Home.Database); // the folders know it too
        await using Bench rebuilt = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync(withWorker: false);
        await Eventually.Holds(() => rebuilt.History.ListRuns().Count == 4);
        Assert.Equal([0, 2, 3], ids.Where((_, i) => i != 1).Select(id => rebuilt.History.Find(id)!.Color!.Value));
    }

    [Fact]
    public async Task Database_Gone_IsRebuiltFromTheFolders()
    {
        string[] before;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor { StepTime = TimeSpan.Zero }).StartAsync())
        {
            string id = bench.Manager.Launch(RunScript.Spec(700));
            await Eventually.Holds(() => bench.StateOf(id) == RunState.Finished);
            bench.Manager.Rename(id, "the first");
            bench.Manager.SetTags(id, ["good", "new"]);
            bench.Manager.SetNotes(id, "line\nline");
            string other = bench.Manager.Launch(RunScript.Spec(5));
            await Eventually.Holds(() => bench.StateOf(other) == RunState.Finished);
            bench.Manager.Delete([other]);
            before = Look(bench);
        }

        File.Delete(_folder.Home.Database);
        await using Bench again = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(
            () => again.History.ListRuns(includeDeleted: true) is { Count: 2 } runs && runs.All(run => run.State == RunState.Finished));
        Assert.Equal(before, Look(again));
        Assert.Equal("the first", Assert.Single(again.History.ListRuns()).Title);
    }

    /// <summary>Waits until all folders have been looked at once more: a run that comes now is found.</summary>
    private async Task LooksAgainAsync(Bench bench)
    {
        RunFolder sign = RunFiles.Create(_folder.Home, RunScript.Spec(), RunScript.Finished(1));
        await Eventually.Holds(() => bench.StateOf(sign.Id) == RunState.Finished);
    }

    private static IDisposable RunLockOf(RunFolder folder) => RunLock.Take(folder.Path);

    private static string[] Look(Bench bench) =>
    [
        .. bench.History.ListRuns(includeDeleted: true)
            .Select(run => JsonSerializer.Serialize(run with { CreatedAt = default }, EngineJson.Events))
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public async Task Look_RunIsClaimedButNotLockedYet_IsNotTakenForOneWhoseProcessIsGone()
    {
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(), RunScript.Start);
        bench.Active.Claim(folder.Id);
        bench.History.Add(RunScript.Summary(folder.Id) with { Folder = folder.Path });
        await bench.StartAsync(withWorker: false);

        await LooksAgainAsync(bench);
        Assert.Equal(RunState.Running, bench.StateOf(folder.Id));
        bench.Active.Release(folder.Id);
        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Interrupted);
    }
}
