using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;
using DistillStudio.Jobs;
using DistillStudio.Tests.Commands;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// What watching costs, on this machine, printed for the README. Each takes minutes and wants the machine to itself, so none is part of the suite:
/// <c>dotnet test --project DistillStudio.Tests --explicit only --filter-class '*StudioFigures' --output Detailed</c>
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed partial class StudioFigures(ITestOutputHelper output) : IDisposable
{
    private const int Watchers = 20;

    /// <summary>Many short ones: a machine that is not all ours changes its speed meanwhile, and each turn is measured against its own time alone.</summary>
    private const int Turns = 9;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>A real demo run in a real server, with and without twenty open run pages, turn by turn.</summary>
    [Fact(Explicit = true)]
    public async Task TwentyPagesOnALiveRun_TakeLessThanATwentiethOfItsRate()
    {
        RunFolder run = Enqueue(_folder.Home, DemoDefaults.StepByStep with { MaxSteps = 1_000_000, EvalSteps = 1_000_000 });
        using ProgramRun server = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
        string address = Address().Match(await server.LineAsync("http://")).Value;
        await Eventually.Holds(() => StepOf(run) > 200, TimeSpan.FromMinutes(2));

        await StandBackAsync();

        // Pages that have been open before: what the runtime compiles for the first of them is paid once in a server's life.
        await CloseAsync(await OpenAsync(address, run));

        List<Watched> alone = [], watched = [];
        var updates = new List<(int Count, int Most)>();
        for (int turn = 0; turn < Turns; turn++)
        {
            alone.Add(await WatchAsync(run, server.ProcessId));
            List<CircuitClient> pages = await OpenAsync(address, run);
            pages.ForEach(p => p.Reset());
            watched.Add(await WatchAsync(run, server.ProcessId));
            updates.AddRange(pages.Select(p => p.Updates));
            await CloseAsync(pages);
        }

        double[] losses = [.. alone.Zip(watched, (a, w) => 1 - (w.Rate / a.Rate)).Order()];
        double loss = losses[Turns / 2];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Turns} turns: {Rates(alone)} steps/s alone, {Rates(watched)} with {Watchers} pages: {loss:P1} less (median of the turns, {losses[0]:P1} to {losses[^1]:P1}; of the sums {1 - (watched.Sum(w => w.Rate) / alone.Sum(a => a.Rate)):P1})."));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Cores busy in the server: {alone.Average(a => a.Server):0.00} alone, {watched.Average(w => w.Server):0.00} watched; in the {Watchers} clients, which draw nothing and run at the lowest priority: {watched.Average(w => w.Clients):0.000}."));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Updates of a page: {updates.Average(u => u.Count) / (Window + Settling).TotalSeconds:0.0} a second, {updates.Max(u => u.Most)} within one second at most."));
        Assert.InRange(updates.Max(u => u.Most), 1, 5);
        Assert.InRange(updates.Average(u => u.Count) / (Window + Settling).TotalSeconds, 1, 5);
        Assert.InRange(loss, -1, 0.05);
    }

    /// <summary>One page alone on a run that makes more steps than that.</summary>
    [Fact(Explicit = true)]
    public async Task OnePageOnALiveRun_IsUpdatedFiveTimesASecondAtMost()
    {
        RunFolder run = Enqueue(_folder.Home, DemoDefaults.StepByStep with { MaxSteps = 1_000_000, EvalSteps = 1_000_000 });
        using ProgramRun server = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
        string address = Address().Match(await server.LineAsync("http://")).Value;
        await Eventually.Holds(() => StepOf(run) > 200, TimeSpan.FromMinutes(2));
        await using CircuitClient page = await CircuitClient.OpenAsync(address, $"runs/{run.Id}");
        await Eventually.Holds(() => page.Updates.Count > 10, TimeSpan.FromMinutes(1));
        page.Reset();
        await Task.Delay(Window, Cancel);

        (int count, int most) = page.Updates;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Updates of a page alone: {count / Window.TotalSeconds:0.0} a second, {most} within one second at most."));
        Assert.InRange(most, 1, 5);
        Assert.InRange(count / Window.TotalSeconds, 3, 5);
    }

    /// <summary>The clients stand for browsers on other machines: on this one, all of this process goes behind the run, as far as the system offers that.</summary>
    private static async Task StandBackAsync()
    {
        if (OperatingSystem.IsLinux())
        {
            using var renice = Process.Start("/bin/sh", ["-c", $"renice -n 19 -p $(ls /proc/{Environment.ProcessId}/task) > /dev/null"]);
            await renice.WaitForExitAsync(Cancel);
        }
    }

    private static async Task<List<CircuitClient>> OpenAsync(string address, RunFolder run)
    {
        List<CircuitClient> pages = [];
        for (int i = 0; i < Watchers; i++)
        {
            pages.Add(await CircuitClient.OpenAsync(address, $"runs/{run.Id}"));
        }

        await Eventually.Holds(() => pages.All(p => p.Updates.Count > 3), TimeSpan.FromMinutes(1));
        return pages;
    }

    private static async Task CloseAsync(List<CircuitClient> pages)
    {
        foreach (CircuitClient page in pages)
        {
            Assert.Null(page.Error);
            await page.DisposeAsync();
        }
    }

    private static string Rates(List<Watched> turns) => string.Create(CultureInfo.InvariantCulture, $"{turns.Average(t => t.Rate):0.0} ({turns.Min(t => t.Rate):0.0} to {turns.Max(t => t.Rate):0.0})");

    /// <summary>Steps a second, cores busy in the server, and cores busy here.</summary>
    private static async Task<Watched> WatchAsync(RunFolder run, int server)
    {
        await Task.Delay(Settling, Cancel);
        (int step, TimeSpan used, TimeSpan own, long start) = (StepOf(run), UsedBy(server), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.Delay(Window, Cancel);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new((StepOf(run) - step) / seconds, (UsedBy(server) - used).TotalSeconds / seconds, (Environment.CpuUsage.TotalTime - own).TotalSeconds / seconds);
    }

    private static TimeSpan UsedBy(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }

    /// <summary>Of the last whole line of the event file.</summary>
    private static int StepOf(RunFolder run)
    {
        if (!File.Exists(run.EventsPath))
        {
            return 0;
        }

        using var file = new FileStream(run.EventsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Max(0, file.Length - 2000);
        using var reader = new StreamReader(file);
        return Step().Matches(reader.ReadToEnd()).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).LastOrDefault();
    }

    /// <summary>A run that a server which opens on the home will train.</summary>
    private static RunFolder Enqueue(StudioHome home, RunSpec spec)
    {
        RunFolder folder = RunFolder.Create(Directory.CreateDirectory(home.Runs).FullName, spec, DateTimeOffset.UtcNow);
        new RunSidecar { QueueOrder = 1 }.Write(folder.Path);
        return folder;
    }

    [GeneratedRegex("http://[^ \\s]+")]
    private static partial Regex Address();

    [GeneratedRegex("\"event\":\"progressed\",\"step\":(\\d+)")]
    private static partial Regex Step();

    /// <param name="Rate">Steps a second.</param>
    /// <param name="Server">Cores busy in the server.</param>
    /// <param name="Clients">Cores busy in this process.</param>
    private sealed record Watched(double Rate, double Server, double Clients);
}
