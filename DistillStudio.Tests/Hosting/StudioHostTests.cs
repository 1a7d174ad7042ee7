using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.History;

namespace DistillStudio.Tests.Hosting;

public sealed class StudioHostTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static bool CanBeAnotherUser => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess
        && File.Exists("/usr/bin/setpriv")
        && !File.GetUnixFileMode(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)).HasFlag(UnixFileMode.OtherExecute);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Build_SecondStudioOnTheHome_IsRefusedWithTheFirstOnesAddress()
    {
        await using (RunningStudio studio = await RunningStudio.StartAsync(_folder.Home))
        {
            InputException refusal = await Assert.ThrowsAsync<InputException>(() => RunningStudio.StartAsync(_folder.Home));
            Assert.Contains(studio.Address, refusal.Message, StringComparison.Ordinal);
        }

        await using RunningStudio next = await RunningStudio.StartAsync(_folder.Home); // the first is gone
    }

    /// <summary>The packages lie in the home of the user who built the program.</summary>
    [Fact(SkipUnless = nameof(CanBeAnotherUser), Skip = "Needs root, and a home that others may not enter.")]
    public async Task Serve_ByAUserWhoDidNotBuildIt_IsRefusedWithTheFix()
    {
        using var run = ProgramRun.StartInShell(
            "exec timeout 60 setpriv --reuid=65534 --clear-groups", null, null, "serve", "--home", "/nonexistent/home", "--port", "0");
        CommandResult result = await run.EndAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("cannot be read, from where a program that was built", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_AddressOfARunWithoutItsEnd_ShowsTheTable()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };

        using HttpResponseMessage table = await client.GetAsync("/runs?search=a", Cancel);

        Assert.Equal((HttpStatusCode.OK, "/?search=a"), (table.StatusCode, table.RequestMessage!.RequestUri!.PathAndQuery));
    }

    [Fact]
    public async Task Downloads_OfARun_HoldEveryFigure()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        string id = studio.Manager.Launch(RunScript.Spec(1200) with { EvalSteps = 400 });
        IRunHistory history = studio.History;
        await Eventually.Holds(() => history.Find(id)!.State == RunState.Finished);
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };

        string[] steps = Lines(await client.GetStringAsync($"/runs/{id}/metrics.csv", Cancel));
        string[] looks = Lines(await client.GetStringAsync($"/runs/{id}/evaluations.csv", Cancel));
        string[] events = Lines(await client.GetStringAsync($"/runs/{id}/events.jsonl", Cancel));
        JsonElement json = await client.GetFromJsonAsync<JsonElement>($"/runs/{id}/metrics.json", Cancel);

        Assert.Equal(1201, steps.Length);
        Assert.StartsWith("700,", steps[700], StringComparison.Ordinal);
        Assert.Contains(RunScript.LabelLossAt(700).ToString(System.Globalization.CultureInfo.InvariantCulture), steps[700].Split(','));
        Assert.Equal(steps[0].Split(',').Length, steps[1].Split(',').Length);
        Assert.Equal(["400", "800", "1200"], looks.Skip(1).Select(line => line.Split(',')[0]));
        Assert.Equal(File.ReadAllLines(Path.Combine(history.Find(id)!.Folder, "events.jsonl")), events);
        Assert.Equal((1200, 3), (json.GetProperty("steps").GetArrayLength(), json.GetProperty("evaluations").GetArrayLength()));
        using HttpResponseMessage unknown = await client.GetAsync("/runs/unknown/metrics.csv", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Address_ThatIsNone_HasAPageForPeopleAndABareStatusForPrograms()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };
        using HttpResponseMessage bare = await client.GetAsync("/nowhere", Cancel);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using HttpResponseMessage page = await client.GetAsync("/nowhere", Cancel);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (bare.StatusCode, page.StatusCode));
        Assert.Empty(await bare.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("blazor.web.js", await page.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
