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

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>A real demo run in a real server, with and without twenty open run pages, turn by turn.</summary>
    [Fact(Explicit = true)]
    public async Task TwentyPagesOnALiveRun_AreUpdatedFiveTimesASecond_AndWhatThatCostsIsPrinted()
    {
        RunFolder run = Enqueue(_folder.Home, DemoDefaults.StepByStep with { MaxSteps = 1_000_000, EvalSteps = 1_000_000 });
        using ProgramRun server = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
        string address = Address().Match(await server.LineAsync("http://")).Value;
        await Eventually.Holds(() => StepOf(run) > 200, TimeSpan.FromMinutes(2));

        List<double> alone = [], watched = [], serverAlone = [], serverWatched = [], clients = [];
        var updates = new List<(int Count, int Most)>();
        for (int turn = 0; turn < 3; turn++)
        {
            (double rate, double cores, _) = await WatchAsync(run, server.ProcessId);
            alone.Add(rate);
            serverAlone.Add(cores);
            List<CircuitClient> pages = [];
            for (int i = 0; i < Watchers; i++)
            {
                pages.Add(await CircuitClient.OpenAsync(address, $"runs/{run.Id}"));
            }

            await Eventually.Holds(() => pages.All(p => p.Updates.Count > 3), TimeSpan.FromMinutes(1));
            pages.ForEach(p => p.Reset());
            (rate, cores, double own) = await WatchAsync(run, server.ProcessId);
            watched.Add(rate);
            serverWatched.Add(cores);
            clients.Add(own);
            updates.AddRange(pages.Select(p => p.Updates));
            Assert.All(pages, p => Assert.Null(p.Error));
            foreach (CircuitClient page in pages)
            {
                await page.DisposeAsync();
            }
        }

        double loss = 1 - (watched.Average() / alone.Average());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{alone.Average():0.0} steps/s alone ({string.Join(", ", alone.Select(r => r.ToString("0.0", CultureInfo.InvariantCulture)))}), {watched.Average():0.0} with {Watchers} pages ({string.Join(", ", watched.Select(r => r.ToString("0.0", CultureInfo.InvariantCulture)))}): {loss:P1} less."));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Cores busy in the server: {serverAlone.Average():0.00} alone, {serverWatched.Average():0.00} watched; in the {Watchers} clients, which draw nothing: {clients.Average():0.00}."));
        output.WriteLine($"Updates of a page: {updates.Average(u => u.Count) / (Window + Settling).TotalSeconds:0.0} a second, {updates.Max(u => u.Most)} within one second at most.");
        Assert.InRange(updates.Max(u => u.Most), 1, 6); // five a second, and a sixth that begins in the same second by a hair
    }

    /// <summary>Steps a second, cores busy in the server, and cores busy here.</summary>
    private static async Task<(double Rate, double Server, double Own)> WatchAsync(RunFolder run, int server)
    {
        await Task.Delay(Settling, Cancel);
        (int step, TimeSpan used, TimeSpan own, long start) = (StepOf(run), UsedBy(server), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.Delay(Window, Cancel);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return ((StepOf(run) - step) / seconds, (UsedBy(server) - used).TotalSeconds / seconds, (Environment.CpuUsage.TotalTime - own).TotalSeconds / seconds);
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
}
