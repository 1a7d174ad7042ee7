using System.Diagnostics;
using System.Globalization;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// How a studio keeps up with a large cluster: the workers are simulated, and write as real ones do. Takes a minute and a half:
/// <c>dotnet test --project DistillStudio.Tests --explicit only --filter-class '*ClusterFigures' --output Detailed</c>
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class ClusterFigures(ITestOutputHelper output) : IDisposable
{
    private const int Workers = 500;
    private const int EventsASecond = 5;

    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly ScriptedSlurm _slurm = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task FiveHundredWorkers_AreFollowedWithinThreeSeconds()
    {
        RunFolder[] runs = await AddRunsAsync();
        await using RunningStudio studio = await RunningStudio.StartAsync(RunningStudio.Options(_folder.Home) with
        {
            Services = services => services.Replace(ServiceDescriptor.Singleton<ISlurm>(_slurm)),
        });
        await Eventually.Holds(() => studio.History.ListRuns().Count(run => run.State == RunState.Running) == Workers);
        List<double> lags = [];
        studio.Services.GetRequiredService<RunHistory>().Changed += change =>
        {
            DateTimeOffset now = DateTimeOffset.UtcNow;
            lock (lags)
            {
                lags.AddRange(change.Events.OfType<StepCompleted>().Select(step => (now - step.Time).TotalSeconds));
            }
        };
        List<double> pages = [];
        using var client = new HttpClient();
        using var end = new CancellationTokenSource(Measured);
        Task<int> writing = Task.Run(() => Write(runs, end.Token), Cancel);
        while (!end.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            _ = await client.GetStringAsync(new Uri($"{studio.Address}/runs/{runs[pages.Count].Id}/metrics.json"), Cancel);
            pages.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(1_000, Cancel);
        }

        int written = await writing;
        await Eventually.Holds(() => Count(lags) == written);

        double[] ordered = [.. lags.Order()];
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{written / Measured.TotalSeconds:0} events a second of {Workers} workers: seen after "
                + $"{ordered[ordered.Length / 2]:0.00} s (median), {ordered[(int)(ordered.Length * 0.99)]:0.00} s (99 %), "
                + $"{ordered[^1]:0.00} s at most; a run's figures meanwhile in {pages.Order().ElementAt(pages.Count / 2):0} ms (median), {pages.Max():0} ms "
                + $"at most; {Environment.ProcessorCount} cores."));
        Assert.InRange(written / Measured.TotalSeconds, Workers * EventsASecond * 0.9, Workers * EventsASecond * 1.1);
        Assert.InRange(ordered[^1], 0, 3);
    }

    private static int Count(List<double> lags)
    {
        lock (lags)
        {
            return lags.Count;
        }
    }

    /// <summary>Writes one step of each run after the other, evenly over time, as one unbuffered write each.</summary>
    private static int Write(RunFolder[] runs, CancellationToken end)
    {
        RunSpec spec = runs[0].ReadSpec();
        int written = 0;
        long start = Stopwatch.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            int due = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * Workers * EventsASecond);
            for (; written < due; written++)
            {
                int step = (written / Workers) + 1;
                byte[] line = EventLine.Write(
                    RunScript.Step(step, spec) with { Number = step + 1, Time = DateTimeOffset.UtcNow });
                using var file = new FileStream(
                    runs[written % Workers].EventsPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
                file.Write(line);
            }

            Thread.Sleep(5);
        }

        return written;
    }

    /// <summary>Adds runs that a job trains, as an earlier studio left them.</summary>
    private async Task<RunFolder[]> AddRunsAsync()
    {
        RunFolder[] runs = new RunFolder[Workers];
        for (int i = 0; i < Workers; i++)
        {
            RunSpec spec = DemoTraining.Short with { Seed = i, MaxSteps = 100_000 };
            runs[i] = RunFiles.Create(_folder.Home, spec, RunScript.Started(spec));
            string nonce = string.Create(CultureInfo.InvariantCulture, $"nonce{i}");
            string id = await _slurm.SubmitAsync([$"--comment={JobScript.Comment(nonce)}"], "", Cancel);
            _slurm.Run(id);
            new RunSidecar { Placement = new("gpu") { Job = new(nonce) { Id = id, State = JobState.Running } } }.Write(runs[i].Path);
        }

        return runs;
    }
}
