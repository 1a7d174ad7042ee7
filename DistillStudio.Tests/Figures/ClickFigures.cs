using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// How long a person waits for a page after a click while a run trains at full rate on the same processor as program and browser, printed
/// for the README:
/// <c>dotnet test -c Release --project DistillStudio.Tests --explicit only --filter-class '*ClickFigures' --output Detailed</c>
/// </summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class ClickFigures(Chromium browser, ITestOutputHelper output) : IClassFixture<Chromium>
{
    private const int Rounds = 15;

    /// <summary>Rounds that warm program and browser up: a studio that has been open for a minute.</summary>
    private const int WarmRounds = 2;

    private const string Chart = "#loss-chart .scatterlayer .trace";

    /// <summary>Between two clicks, as a quick reader makes them; the page before has its chart by then.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1000);

    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Times a click in the page itself, from the event the browser made of it to the frame after the page's content was there, and keeps
    /// when messages went out and came in, so that the program's part can be told from the browser's.
    /// </summary>
    private const string ClickTimer = """
        (() => {
          const traffic = [];
          const Line = window.WebSocket;
          window.WebSocket = class extends Line {
            constructor(...a) { super(...a); this.addEventListener('message', e => traffic.push([e.timeStamp, e.data.byteLength ?? e.data.length])); }
            send(data) { traffic.push([performance.now(), 0]); super.send(data); }
          };
          window.timeClick = (content, chart) => new Promise(done => {
            let start = 0, frames = 0, seen = 0, shown = 0, busy = 0;
            const work = new PerformanceObserver(list => { for (const e of list.getEntries()) busy += e.duration; });
            work.observe({ entryTypes: ['longtask'] });
            const end = drawn => {
              watch.disconnect();
              work.disconnect();
              const before = traffic.filter(t => t[0] >= start && t[0] <= seen);
              const sent = before.find(t => t[1] === 0)?.[0] ?? start;
              const came = before.filter(t => t[1] > 0).at(-1)?.[0] ?? sent;
              const bytes = before.filter(t => t[1] > 0).reduce((n, t) => n + t[1], 0);
              done([shown - start, came - sent, shown - start - (came - sent), drawn - start, bytes, busy]);
            };
            const painted = then => requestAnimationFrame(() => {
              const c = new MessageChannel();
              c.port1.onmessage = () => then(performance.now());
              c.port2.postMessage(0);
            });
            const check = () => {
              if (!start) { return; }
              if (!seen && document.querySelector(content)) {
                seen = performance.now();
                painted(now => { shown = now; if (!chart) { end(now); } });
              }
              if (seen && chart && frames === 0 && document.querySelector(chart)) {
                frames = 1;
                painted(now => end(now));
              }
            };
            const watch = new MutationObserver(check);
            document.addEventListener('click', e => { start = e.timeStamp; watch.observe(document.body, { childList: true, subtree: true, attributes: true }); }, { capture: true, once: true });
          });
        })();
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task EveryPage_WhileARunTrains_IsThereWithinAFifthOfASecond()
    {
        using var home = SeededHome.WithEverything();
        using TrainingServer server = await TrainingServer.StartAsync(home.Home, group: "pair-2");
        await using BrowserWindow window = await browser.OpenAsync(server.Address);
        Usage quiet = await Usage.TakeAsync(server, window.Page);
        await Task.Delay(Alone, Cancel);
        Usage alone = (await Usage.TakeAsync(server, window.Page)).Since(quiet);
        await window.Page.AddInitScriptAsync(ClickTimer);
        await window.GoAsync("/");
        await Task.Delay(Rest, Cancel);

        // Each: what is clicked, what only that page's content has, and its chart.
        (string Name, string Click, string Content, string? Chart)[] pages =
        [
            ("Runs", "nav.mud-navmenu a[href='']", "table.runs tbody .name a", null),
            ("A run", $"table.runs a[href='runs/{server.Run.Id}']", ".tiles ~ .run-grid .run-settings dl", Chart),
            ("Launch", "nav.mud-navmenu a[href='launch']", ".launch-grid .go .mud-button-filled", null),
            ("Compare", "nav.mud-navmenu a[href='compare']", ".groups a", null),
            ("Runs compared", ".groups li:first-child a", ".curves-card ~ .pair-of-cards", Chart),
        ];
        var clicks = pages.ToDictionary(p => p.Name, _ => new List<double[]>());
        var firsts = new Dictionary<string, double>();
        Usage before = await Usage.TakeAsync(server, window.Page);
        for (int round = -WarmRounds; round < Rounds; round++)
        {
            before = round == 0 ? await Usage.TakeAsync(server, window.Page) : before;
            foreach ((string name, string click, string content, string? chart) in pages)
            {
                Task<double[]> timed = window.Page.EvaluateAsync<double[]>(
                    "([content, chart]) => window.timeClick(content, chart)", new[] { content, chart });
                await window.Page.ClickAsync(click);
                double[] took = await timed.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
                firsts.TryAdd(name, took[0]);
                if (round >= 0)
                {
                    clicks[name].Add(took);
                }

                await Task.Delay(Rest, Cancel);
            }
        }

        Usage after = await Usage.TakeAsync(server, window.Page);
        foreach ((string name, List<double[]> all) in clicks)
        {
            double Median(int part) => all.Select(t => t[part]).Order().ElementAt(Rounds / 2);
            string chart = pages.First(p => p.Name == name).Chart is null ? "" : $", its chart at {Median(3):0} ms";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: content {Median(0):0} ms after the click "
                + $"({all.Min(t => t[0]):0} to {all.Max(t => t[0]):0}): the program {Median(1):0}, the browser {Median(2):0}{chart}; "
                + $"{ByteSize.Format(Median(4))}; long tasks of the browser {Median(5):0} ms; the very first time {firsts[name]:0} ms."));
        }

        Usage clicking = after.Since(before);
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The run: {alone.Steps:0.0} steps/s without a page ({alone.Program:0.00} cores), {clicking.Steps:0.0} with a click a "
                    + $"second ({clicking.Program:0.00} cores in the program, {clicking.Browser:0.00} in the browser)."));
        Assert.Equal([], window.Problems);
        Assert.All(clicks, page => Assert.InRange(page.Value.Select(t => t[0]).Order().ElementAt(Rounds / 2), 0, 200));
    }

    /// <summary>What run, program and browser have done so far, in steps and in seconds of a processor; or, of two such, what they did a
    /// second.</summary>
    private sealed record Usage(double At, double Steps, double Program, double Browser)
    {
        public static async Task<Usage> TakeAsync(TrainingServer server, IPage page)
        {
            ICDPSession session = await page.Context.Browser!.NewBrowserCDPSessionAsync();
            JsonElement? processes = await session.SendAsync("SystemInfo.getProcessInfo");
            double browser = processes!.Value.GetProperty("processInfo").EnumerateArray().Sum(p => p.GetProperty("cpuTime").GetDouble());
            return new(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, server.Step, server.Used.TotalSeconds, browser);
        }

        public Usage Since(Usage before)
        {
            double seconds = At - before.At;
            return new(
                seconds, (Steps - before.Steps) / seconds, (Program - before.Program) / seconds, (Browser - before.Browser) / seconds);
        }
    }
}
