using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Survival;

/// <summary>
/// A studio that trains demo runs is killed (SIGKILL) at random moments and started again, until 50 kills have met a run in training. Run
/// by
/// <c>survive.sh kills</c>; takes about eight minutes. <c>SURVIVE_KILLS</c> sets another number.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class KillCampaign : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SeededRandom _random = new(20250102);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task DemoRuns_KilledAtRandomMoments_AllEndAsIfNeverTouched()
    {
        int wanted = int.TryParse(Environment.GetEnvironmentVariable("SURVIVE_KILLS"), out int kills) ? kills : 50;
        RunSpec spec = QueuedRun.Short with { MaxSteps = 150, EvalSteps = 25, SaveSteps = 10 };
        Report report = new("kills");
        Dictionary<int, RunFolder> whole = [];
        List<RunFolder> runs = [];
        int hits = 0, stillQueued = 0, tooLate = 0, rowsLost = 0, unreadable = 0, setAside = 0;
        double worstLag = 0;
        while (hits < wanted)
        {
            if (runs.Count == 0 || RunFiles.Events(runs[^1].Path).LastOrDefault() is Finished)
            {
                runs.Add(QueuedRun.Add(_folder.Home, spec with { Seed = runs.Count % 3 }));
            }

            RunFolder run = runs[^1];
            long before = RunFiles.Events(run.Path).Select(e => e.Number).DefaultIfEmpty(0).Max();
            using (var studio = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0"))
            {
                await studio.LineAsync("open at");
                await Eventually.Holds(() => RunFiles.Events(run.Path).Any(e => e is Started && e.Number > before)
                    || RunFiles.Events(run.Path).LastOrDefault() is Failed or Finished, TimeSpan.FromMinutes(1));
                await Task.Delay((int)(4000 * _random.NextDouble()), Cancel);
                RunEvent[] seen = RunFiles.Events(run.Path);
                DateTimeOffset secondAgo = DateTimeOffset.UtcNow.AddSeconds(-1);
                await studio.SignalAsync("KILL");
                await studio.EndAsync();

                RunEvent[] left = RunFiles.Events(run.Path);
                rowsLost += seen.Where(e => e.Time < secondAgo).Select(e => e.Number).Except(left.Select(e => e.Number)).Count();
                using (var history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance))
                {
                    unreadable += Directory.GetFiles(_folder.Path, "studio.db.damaged-*").Length > 0 ? 1 : 0;
                    RunEvent? notSaved = left.FirstOrDefault(e => e.Number > (history.Find(run.Id)?.LastNumber ?? 0));
                    worstLag = Math.Max(worstLag, notSaved is null ? 0 : (left[^1].Time - notSaved.Time).TotalSeconds);
                }

                switch (left.LastOrDefault())
                {
                    case Finished:
                        tooLate++;
                        break;
                    case null:
                        stillQueued++;
                        break;
                    case Failed failed:
                        setAside++;
                        report.Line($"Run {run.Id}: {failed.Message}");
                        Assert.Contains("times in a row", failed.Message, StringComparison.Ordinal);
                        Assert.Equal(0, (await ProgramRun.ToEndAsync(["train", "--resume", run.Path, "--home", _folder.Path])).ExitCode);
                        break;
                    default:
                        hits++;
                        break;
                }
            }
        }

        await using (Bench bench = new(_folder.Home, new DistillStudio.Jobs.LocalExecutor(_folder.Home)))
        {
            await bench.StartAsync(resumesRuns: true);
            await Eventually.Holds(() => runs.All(run => bench.StateOf(run.Id) == RunState.Finished), TimeSpan.FromMinutes(2));
        }

        int resumed = runs.Sum(run => RunFiles.Events(run.Path).Count(e => e is Resumed { IsRestored: true }));
        int equal = 0;
        foreach (RunFolder run in runs)
        {
            int seed = run.ReadSpec().Seed;
            if (!whole.TryGetValue(seed, out RunFolder? never))
            {
                using var control = new RunControl();
                using TrainingSession session = TrainingSession.Open(run.ReadSpec(), _folder.Home);
                whole[seed] = never = RunFolder.Create(_folder["whole"], run.ReadSpec(), DateTimeOffset.UtcNow);
                using var recorder = new RunRecorder(never.EventsPath, [], TimeProvider.System);
                new Trainer(session, never, recorder, control, never.ModelPath).Run();
            }

            RunEvent[] events = RunFiles.Events(run.Path);
            Assert.Equal(Enumerable.Range(1, spec.MaxSteps), events.OfType<StepCompleted>().Select(p => p.Step));
            Assert.Equal(events.Select(e => e.Number).Distinct().Order(), events.Select(e => e.Number));
            equal +=
                RunFiles.Weights(never.ModelPath) == RunFiles.Weights(run.ModelPath)
                    && QueuedRun.Losses(never).SequenceEqual(QueuedRun.Losses(run)) ? 1 : 0;
        }

        report.Line($"SIGKILLs that met a run in training: {hits} (besides {tooLate} after its end and {stillQueued} before its first "
            + $"event)");
        report.Line($"runs: {runs.Count}, taken up again {resumed} times, set aside after three deaths in one place and resumed by hand: "
            + $"{setAside}");
        report.Line($"final weights and every loss equal to the uninterrupted run: {equal} of {runs.Count}");
        report.Line($"metric rows older than a second lost: {rowsLost}; database unreadable: {unreadable} times; "
            + $"furthest the database lagged behind the event file: {worstLag:0.00} s");
        Assert.Equal((runs.Count, 0, 0), (equal, rowsLost, unreadable));
        Assert.True(resumed >= hits - setAside);
    }
}
