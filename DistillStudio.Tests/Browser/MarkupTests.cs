using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Texts of a dataset, a teacher, a student or a person that are markup: every page shows them letter by letter.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class MarkupTests : IAsyncLifetime
{
    private const string Markup = "<script>window.taken = 1</script><img src=x onerror=\"window.taken = 1\"><b>bold</b>{{7*7}}";

    private readonly SeededHome _home = SeededHome.WithEverything();
    private readonly Chromium _browser = new();

    public async ValueTask InitializeAsync() => await _browser.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Pages_WithMarkupInEveryText_ShowItAsText()
    {
        string[] ids =
            [Write("first", new Finished(2, null, null, null, 0.5, Markup, 3)), Write("second", new Failed(2, Markup, Markup, Markup))];
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_home.Home);
        var history = studio.Services.GetRequiredService<IRunHistory>();
        await Eventually.Holds(() => ids.All(id => history.Find(id) is { State: RunState.Finished or RunState.Failed }));
        await using BrowserWindow window = await _browser.OpenAsync(studio.Address);

        foreach ((string path, bool mustShow) in new[]
        {
            ("/", true), ($"/runs/{ids[0]}", true), ($"/runs/{ids[1]}", true), ($"/runs/{ids[0]}?more=1&table=1", true),
            ($"/compare?runs={ids[0]},{ids[1]}", true), ("/launch", false),
            ($"/?q={Uri.EscapeDataString(Markup)}", false),
            ($"/runs/{Uri.EscapeDataString(Markup.Replace("/", "", StringComparison.Ordinal))}", false),
            ($"/compare?runs={Uri.EscapeDataString(Markup)}", false),
            (
                $"/launch?name={Uri.EscapeDataString(Markup)}&dataset={Uri.EscapeDataString(Markup)}&from_pretrained={Uri.EscapeDataString(Markup)}",
                false),
        })
        {
            await window.GoAsync(path);
            if (mustShow)
            {
                await Assertions.Expect(window.Page.Locator("body")).ToContainTextAsync(
                    "<script>window.taken", new() { UseInnerText = true });
            }

            await window.Page.WaitForTimeoutAsync(500); // what it would do
            string[] made = await window.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('b, tspan, img[src=x]')].filter(e => "
                + "e.matches('img') || e.textContent === 'bold').map(e => e.parentElement.outerHTML)");
            Assert.True(made.Length == 0, $"{path}: {string.Join('\n', made)}");
            Assert.False(await window.Page.EvaluateAsync<bool>("'taken' in window"), path);
            Assert.Equal([], window.Problems);
        }
    }

    private string Write(string id, RunEvent end)
    {
        RunSpec spec = RunScript.Spec(2) with { Name = Markup, FromPretrained = Markup, Teacher = "palm" };
        string folder = Directory.CreateDirectory(Path.Combine(_home.Home.Runs, id)).FullName;
        File.WriteAllText(Path.Combine(folder, "spec.json"), JsonSerializer.Serialize(spec, EngineJson.Spec));
        File.WriteAllText(
            Path.Combine(folder, "studio.json"),
            JsonSerializer.Serialize(new { name = Markup, tags = new[] { Markup }, notes = Markup, group = Markup }, EngineJson.Spec));
        var sample = new Sample(1, Markup, Markup, Markup, Markup, Markup, Markup, false, true, true);
        RunEvent[] events =
        [
            new Started(spec, Markup, Markup, 1, 10, 10, 10, 10, 0, 1, Markup, Markup), new Logged(LogSeverity.Warning, Markup),
            RunScript.Step(1, spec), RunScript.Valid(1, 0.5),
            new Sampled(1, [sample, sample with { Row = 2 }]), RunScript.Step(2, spec), RunScript.Valid(2, 0.6),
            new Sampled(2, [sample, sample with { Row = 2 }]), end,
        ];
        File.WriteAllBytes(Path.Combine(folder, "events.jsonl"), [.. RunScript.Numbered(events).SelectMany(EventLine.Write)]);
        return id;
    }
}
