using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

public sealed class KilledStudioTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Studio_KilledWhileItWrites_OpensAgainWithEveryEvent() => KillAndReopenAsync(kills: 3);

    [Fact(Explicit = true)]
    [Trait("Category", "Slow")]
    public Task Studio_KilledManyTimesWhileItWrites_OpensAgainWithEveryEvent() => KillAndReopenAsync(kills: 50);

    private async Task KillAndReopenAsync(int kills)
    {
        RunSpec spec = RunScript.Spec(1_000_000);
        RunFolder[] folders = [.. Enumerable.Range(0, 3).Select(_ => RunFolder.Create(_folder.Home.Runs, spec, RunScript.Start))];
        RunRecorder[] recorders = [.. folders.Select(folder => new RunRecorder(folder.EventsPath, [], TimeProvider.System))];
        using var done = new CancellationTokenSource();
        Task writing = Task.Run(() =>
        {
            for (int step = 1; !done.IsCancellationRequested; step++)
            {
                foreach (RunRecorder recorder in recorders)
                {
                    recorder.Record(RunScript.Step(step, spec));
                    if (step % 100 == 0)
                    {
                        recorder.Record(RunScript.Valid(step, 0.5));
                    }
                }

                Thread.Sleep(step % 20 == 0 ? 1 : 0);
            }
        });

        var random = new Random(11);
        for (int kill = 0; kill < kills; kill++)
        {
            using (var studio = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0"))
            {
                await studio.LineAsync("open at");
                await Task.Delay(random.Next(300, 2000), TestContext.Current.CancellationToken);
                await studio.SignalAsync("KILL");
                await studio.EndAsync();
            }

            using var history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
            Assert.Empty(Directory.GetFiles(_folder.Path, "studio.db.damaged-*"));
            foreach (RunSummary run in history.ListRuns())
            {
                IReadOnlyList<RunEvent> events = history.Events(run.Id, 1, int.MaxValue);
                Assert.Equal(Enumerable.Range(1, (int)run.LastNumber).Select(i => (long)i), events.Select(e => e.Number));
                Assert.Equal(run.Rows, events.Count(e => e is StepCompleted));
            }
        }

        await done.CancelAsync();
        await writing;
        foreach (RunRecorder recorder in recorders)
        {
            recorder.Record(RunScript.Finished(1));
            recorder.Dispose();
        }

        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => folders.All(folder => bench.StateOf(folder.Id) == RunState.Finished), TimeSpan.FromMinutes(1));
        Assert.All(folders.Zip(recorders), pair => Assert.Equal(pair.Second.LastNumber, bench.History.Find(pair.First.Id)!.LastNumber));
    }
}
