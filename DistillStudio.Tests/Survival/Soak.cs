using System.Globalization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Live;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Survival;

/// <summary>
/// Many short demo runs through the queue while ten pages are open and a hub client follows each run: memory and handles stay flat and no
/// event is lost. Run by <c>survive.sh soak</c>; <c>SURVIVE_RUNS</c> sets another number than 200.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class Soak(Chromium browser) : IClassFixture<Chromium>, IDisposable
{
    private const int Pages = 10;

    private static readonly RunSpec Tiny = QueuedRun.Short with { MaxSteps = 30, EvalSteps = 15, BatchSize = 4 };

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task ManyRuns_UnderTenPages_LeaveMemoryAndHandlesFlatAndLoseNoEvent()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("SURVIVE_RUNS"), out int runs) ? runs : 200;
        int perRound = Math.Max(Pages, count / 10);
        var report = new Report("soak");
        await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home);
        List<BrowserWindow> windows = [];
        for (int page = 0; page < Pages; page++)
        {
            windows.Add(await browser.OpenAsync(studio.Address));
            await windows[page].GoAsync("/");
        }

        List<Usage> usages = [];
        int lost = 0, done = 0;
        report.Line("| runs done | resident memory (MB) | managed memory (MB) | file handles | threads |");
        report.Line("|---|---|---|---|---|");
        while (done < count)
        {
            string[] ids =
                [
                    .. Enumerable.Range(0, Math.Min(perRound, count - done)).Select(
                        i => studio.Manager.Launch(Tiny with { Seed = done + i }))
                ];
            for (int page = 0; page < Pages; page += 2)
            {
                await windows[page].GoAsync($"/runs/{ids[page % ids.Length]}"); // every other page looks at a run, the others at the table
            }

            long[][] heard = await Task.WhenAll(ids.Select(id => ListenAsync(studio.Address, id)));
            foreach ((string id, long[] numbers) in ids.Zip(heard))
            {
                Assert.True(studio.Run(id).State == RunState.Finished, studio.Run(id).Failure?.Message);
                lost += RunFiles.Events(studio.Folder(id).Path).Select(e => e.Number).Except(numbers).Count();
            }

            done += ids.Length;
            usages.Add(Usage.Now());
            report.Line(usages[^1].Row(done));
        }

        // The first round fills pools and caches.
        Usage first = usages[1], last = usages[^1];
        report.Line($"{done} runs, {Pages} pages, a hub client a run: {lost} events lost; problems on pages: "
            + $"{windows.Sum(w => w.Problems.Count)}");
        foreach (BrowserWindow window in windows)
        {
            await window.DisposeAsync();
        }

        Assert.Equal(0, lost);
        Assert.InRange(last.Handles, 0, first.Handles * 1.1 + 5);
        Assert.InRange(last.Resident, 0, first.Resident * 1.15);
    }

    private static async Task<long[]> ListenAsync(string address, string runId)
    {
        await using HubConnection connection = new HubConnectionBuilder()
            .WithUrl(address + RunHub.Path)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = EngineJson.Events)
            .Build();
        await connection.StartAsync(Cancel);
        List<long> numbers = [];
        await foreach (RunEvent happened in connection.StreamAsync<RunEvent>(nameof(RunHub.StreamEvents), runId, 1L, Cancel))
        {
            numbers.Add(happened.Number);
        }

        return [.. numbers];
    }

    private sealed record Usage(double Resident, double Managed, int Handles, int Threads)
    {
        public static Usage Now()
        {
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return new(
                Environment.WorkingSet / 1e6,
                GC.GetTotalMemory(forceFullCollection: true) / 1e6,
                Directory.GetFiles("/proc/self/fd").Length,
                Directory.GetDirectories("/proc/self/task").Length);
        }

        public string Row(int runs) =>
            string.Create(CultureInfo.InvariantCulture, $"| {runs} | {Resident:0} | {Managed:0.0} | {Handles} | {Threads} |");
    }
}
