using System.Diagnostics;
using System.Globalization;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// What watching costs, on this machine, printed for the README. Each takes minutes and wants the machine to itself, so none is part of the
/// suite:
/// <c>dotnet test --project DistillStudio.Tests --explicit only --filter-class '*StudioFigures' --output Detailed</c>
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class StudioFigures(ITestOutputHelper output) : IDisposable
{
    private const int Watchers = 20;

    /// <summary>Many short ones: a machine that is not all ours changes its speed meanwhile, and each turn is measured against its own time
    /// alone.</summary>
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
        using TrainingServer server = await TrainingServer.StartAsync(_folder.Home);

        await StandBackAsync();

        // Pages that have been open before: what the runtime compiles for the first of them is paid once in a server's life.
        await CloseAsync(await OpenAsync(server));

        List<Watched> alone = [], watched = [];
        var updates = new List<(int Count, int Most)>();
        for (int turn = 0; turn < Turns; turn++)
        {
            alone.Add(await WatchAsync(server));
            List<CircuitClient> pages = await OpenAsync(server);
            pages.ForEach(p => p.Reset());
            watched.Add(await WatchAsync(server));
            updates.AddRange(pages.Select(p => p.Updates));
            await CloseAsync(pages);
        }

        double[] losses = [.. alone.Zip(watched, (a, w) => 1 - (w.Rate / a.Rate)).Order()];
        double loss = losses[Turns / 2];
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{Turns} turns: {Rates(alone)} steps/s alone, {Rates(watched)} with {Watchers} "
                + $"pages: {loss:P1} less (median of the turns, {losses[0]:P1} to {losses[^1]:P1}; "
                + $"of the sums {1 - (watched.Sum(w => w.Rate) / alone.Sum(a => a.Rate)):P1})."));
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"Cores busy in the server: {alone.Average(a => a.Server):0.00} alone, "
                + $"{watched.Average(w => w.Server):0.00} watched; in the {Watchers} clients, which draw nothing and run at the lowest "
                + $"priority: {watched.Average(w => w.Clients):0.000}."));
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Updates of a page: {updates.Average(u => u.Count) / (Window + Settling).TotalSeconds:0.0} a second, "
                    + $"{updates.Max(u => u.Most)} within one second at most."));
        Assert.InRange(updates.Max(u => u.Most), 1, 5);
        Assert.InRange(updates.Average(u => u.Count) / (Window + Settling).TotalSeconds, 1, 5);
        Assert.InRange(loss, -1, 0.05);
    }

    /// <summary>One page alone on a run that makes more steps than that.</summary>
    [Fact(Explicit = true)]
    public async Task OnePageOnALiveRun_IsUpdatedFiveTimesASecondAtMost()
    {
        using TrainingServer server = await TrainingServer.StartAsync(_folder.Home);
        await using CircuitClient page = await CircuitClient.OpenAsync(server.Address, $"runs/{server.Run.Id}");
        await Eventually.Holds(() => page.Updates.Count > 10, TimeSpan.FromMinutes(1));
        page.Reset();
        await Task.Delay(Window, Cancel);

        (int count, int most) = page.Updates;
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Updates of a page alone: {count / Window.TotalSeconds:0.0} a second, {most} within one second at most."));
        Assert.InRange(most, 1, 5);
        Assert.InRange(count / Window.TotalSeconds, 3, 5);
    }

    /// <summary>The clients stand for browsers on other machines: on this one, all of this process goes behind the run, as far as the
    /// system offers that.</summary>
    private static async Task StandBackAsync()
    {
        if (OperatingSystem.IsLinux())
        {
            using var renice = Process.Start("/bin/sh", ["-c", $"renice -n 19 -p $(ls /proc/{Environment.ProcessId}/task) > /dev/null"]);
            await renice.WaitForExitAsync(Cancel);
        }
    }

    private static async Task<List<CircuitClient>> OpenAsync(TrainingServer server)
    {
        List<CircuitClient> pages = [];
        for (int i = 0; i < Watchers; i++)
        {
            pages.Add(await CircuitClient.OpenAsync(server.Address, $"runs/{server.Run.Id}"));
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

    private static string Rates(List<Watched> turns) => string.Create(
        CultureInfo.InvariantCulture, $"{turns.Average(t => t.Rate):0.0} ({turns.Min(t => t.Rate):0.0} to {turns.Max(t => t.Rate):0.0})");

    /// <summary>Steps a second, cores busy in the server, and cores busy here.</summary>
    private static async Task<Watched> WatchAsync(TrainingServer server)
    {
        await Task.Delay(Settling, Cancel);
        (int step, TimeSpan used, TimeSpan own, long start) = (
            server.Step, server.Used, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.Delay(Window, Cancel);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new(
            (server.Step - step) / seconds, (server.Used - used).TotalSeconds / seconds,
            (Environment.CpuUsage.TotalTime - own).TotalSeconds / seconds);
    }

    /// <param name="Rate">Steps a second.</param>
    /// <param name="Server">Cores busy in the server.</param>
    /// <param name="Clients">Cores busy in this process.</param>
    private sealed record Watched(double Rate, double Server, double Clients);
}
