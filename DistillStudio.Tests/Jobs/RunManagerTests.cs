using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Jobs;

public sealed class RunManagerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task LaunchPair_MakesBothMethodsWithAllElseTheSame()
    {
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());

        IReadOnlyList<string> ids = bench.Manager.LaunchPair(RunScript.Spec() with { Seed = 3 });

        RunSummary[] runs = [.. ids.Select(id => bench.History.Find(id)!)];
        Assert.Equal([MethodNames.Standard, MethodNames.TaskPrefix], runs.Select(run => run.Spec.Method));
        Assert.Equal(runs[0].Spec with { Method = MethodNames.TaskPrefix }, runs[1].Spec);
        Assert.NotNull(runs[0].Group);
        Assert.Equal(runs[0].Group, runs[1].Group);
        Assert.Equal(ids, bench.Queue.Waiting().Select(run => run.Id));
    }

    [Fact]
    public async Task LaunchPair_Named_NamesTellTheMethods()
    {
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        string longest = new('n', SettingLimits.LongestName);

        IReadOnlyList<string> ids = [
            .. bench.Manager.LaunchPair(RunScript.Spec() with { Name = "mine" }),
            .. bench.Manager.LaunchPair(RunScript.Spec() with { Name = longest }),
        ];

        string[] names = [.. ids.Select(id => bench.History.Find(id)!.Spec.Name!)];
        Assert.Equal(["mine, standard", "mine, step-by-step"], names[..2]);
        Assert.EndsWith("…, standard", names[2], StringComparison.Ordinal);
        Assert.All(names, name => Assert.True(SettingLimits.IsName(name)));
    }

    [Fact]
    public async Task LaunchGroup_OneSpecIsWrong_LaunchesNone()
    {
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());

        Assert.Throws<InputException>(() => bench.Manager.LaunchGroup([RunScript.Spec(), RunScript.Spec() with { Alpha = 2 }]));

        Assert.Empty(bench.History.ListRuns());
    }

    [Fact]
    public async Task Clone_OfARun_QueuesItsSettings()
    {
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        string id = bench.Manager.Launch(RunScript.Spec() with { Alpha = 0.25 });

        string clone = bench.Manager.Clone(id);

        Assert.NotEqual(id, clone);
        Assert.Equal(bench.History.Find(id)!.Spec, bench.History.Find(clone)!.Spec);
    }

    [Fact]
    public async Task Delete_UntilTheWindowHasPassed_CanBeUndone()
    {
        var time = new ManualTime();
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        var manager = new RunManager(_folder.Home, bench.Editor, bench.Queue, new ActiveRuns(), bench.Follower, time);
        using var sweeper = new RunPurger(bench.History, manager, time, NullLogger<RunPurger>.Instance);
        string kept = manager.Launch(RunScript.Spec());
        string gone = manager.Launch(RunScript.Spec());
        string folder = bench.History.Find(gone)!.Folder;

        manager.Delete([kept, gone]);
        Assert.Empty(bench.History.ListRuns());
        Assert.Empty(bench.Queue.Waiting());
        time.Advance(manager.UndoWindow - TimeSpan.FromSeconds(1));
        sweeper.PurgeExpired();
        manager.Undelete([kept]);
        Assert.Equal([kept], bench.Queue.Waiting().Select(run => run.Id));

        time.Advance(TimeSpan.FromSeconds(2));
        sweeper.PurgeExpired();
        Assert.False(Directory.Exists(folder));
        Assert.Equal([kept], bench.History.ListRuns(includeDeleted: true).Select(run => run.Id));
        Assert.Throws<InputException>(() => manager.Undelete([gone]));
    }

    [Fact]
    public async Task NameTagsNotes_AreCleanedAndKept()
    {
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        string id = bench.Manager.Launch(RunScript.Spec());

        bench.Manager.Rename(id, "  a name ");
        bench.Manager.SetTags(id, [" x", "X", "", "y "]);
        bench.Manager.SetNotes(id, "text");

        RunSummary run = bench.History.Find(id)!;
        Assert.Equal(("a name", "text"), (run.Name, run.Notes));
        Assert.Equal(["x", "y"], run.Tags);
        bench.Manager.Rename(id, " ");
        Assert.Null(bench.History.Find(id)!.Name);
        Assert.Throws<InputException>(() => bench.Manager.Rename(id, new string('a', 201)));
        Assert.Throws<InputException>(() => bench.Manager.SetNotes("unknown", "text"));
    }
}
