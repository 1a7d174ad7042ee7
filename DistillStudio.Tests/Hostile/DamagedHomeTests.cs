using System.Diagnostics;
using System.Net;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Hostile;

/// <summary>Files of a home that cannot be read, met by the program in its own process.</summary>
public sealed class DamagedHomeTests : IDisposable
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();

    public static bool IsLinux => OperatingSystem.IsLinux();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static RunSpec Short =>
        RunDefaults.Demo with { MaxSteps = 2, EvalSteps = 2, EvalLimit = 2, BatchSize = 4, Device = "cpu", Threads = 1 };

    public void Dispose() => _folder.Dispose();

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    [InlineData("3 GB")]
    [InlineData("pipe")]
    public async Task Serve_AttemptsThatCannotBeRead_RunIsNamedQueueContinuesAndItStops(string kind)
    {
        RunFolder damaged = Interrupted();
        OddFiles.Put(kind, Path.Combine(damaged.Path, "attempts.json"));
        RunFolder waiting = RunFolder.Create(_folder.Home.Runs, Short, RunScript.Start);
        File.WriteAllText(Path.Combine(waiting.Path, "studio.json"), "{\"queue_order\": 1}");

        using ProgramRun studio = Start();
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };
        await Eventually.Holds(() => File.Exists(waiting.EventsPath)
            && EventLine.ReadAll(waiting.EventsPath).LastOrDefault() is Finished, TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/", Cancel)).StatusCode);

        CommandResult result = await StopAsync(studio);
        Assert.Contains(Path.Combine(damaged.Path, "attempts.json"), result.Error, StringComparison.Ordinal);
    }

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    [InlineData("studio.db", "pipe")]
    [InlineData("studio.db", "folder")]
    [InlineData("studio.db", "3 GB")]
    [InlineData("studio.db", "link to a device")]
    [InlineData("studio-log.db", "pipe")]
    [InlineData("studio.address", "pipe")]
    [InlineData("studio.address", "folder")]
    [InlineData("studio.address", "3 GB")]
    [InlineData("keys/key-1.xml", "pipe")]
    [InlineData("keys/key-1.xml", "3 GB")]
    [InlineData("keys/key-1.xml", "folder")]
    [InlineData("keys/key-1.xml", "empty")]
    [InlineData("keys/key-1.xml", "no UTF-8")]
    [InlineData("keys/key-1.xml", "link to itself")]
    public async Task Serve_FileOfTheHomeThatCannotBeRead_ServesAndStops(string file, string kind)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
        OddFiles.Put(kind, _folder[file]);

        using ProgramRun studio = Start();
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/", Cancel)).StatusCode);

        await StopAsync(studio);
    }

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    [InlineData("studio.lock", "pipe")]
    [InlineData("studio.lock", "folder")]
    [InlineData("studio.lock", "link to a device")]
    [InlineData("keys", "pipe")]
    [InlineData("runs", "pipe")]
    [InlineData("runs", "link to itself")]
    public async Task Serve_WithoutWhatItNeeds_SaysSoInOneSentence(string file, string kind)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
        OddFiles.Put(kind, _folder[file]);

        using ProgramRun studio = Start();
        CommandResult result = await studio.EndAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(
            _folder.Path, Assert.Single(result.Problems, problem => !problem.StartsWith("warn: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    public async Task Serve_SecondStudioWhileTheAddressIsAPipe_IsRefusedInOneSentence()
    {
        using ProgramRun studio = Start();
        await AddressOf(studio);
        OddFiles.Put("pipe", _folder["studio.address"]);

        using ProgramRun second = Start();
        CommandResult result = await second.EndAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("open on", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Signals are POSIX.")]
    public async Task Serve_StoppedWhileItImportsManyLongRuns_EndsSoonAndContinuesFromThere()
    {
        const int Runs = 20;
        const int Steps = 10_000;
        RunFolder[] folders = [
            .. Enumerable.Range(0, Runs).Select(_ => RunFolder.Create(_folder.Home.Runs, Short with { MaxSteps = Steps }, RunScript.Start))
        ];
        byte[] events = [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(Steps))).SelectMany(EventLine.Write)];
        foreach (RunFolder folder in folders)
        {
            await File.WriteAllBytesAsync(folder.EventsPath, events, Cancel);
        }

        using (ProgramRun studio = Start())
        {
            await AddressOf(studio);
            await Task.Delay(1000, Cancel);
            await StopAsync(studio);
        }

        using ProgramRun again = Start();
        using var client = new HttpClient { BaseAddress = await AddressOf(again) };
        foreach (RunFolder folder in folders)
        {
            long lines = 0;
            for (long start = Stopwatch.GetTimestamp(); lines < events.Count(b => b == '\n')
                && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2); await Task.Delay(100, Cancel))
            {
                using HttpResponseMessage answer = await client.GetAsync($"/runs/{folder.Id}/events.jsonl", Cancel);
                lines = answer.IsSuccessStatusCode ? (await answer.Content.ReadAsStringAsync(Cancel)).Count(c => c == '\n') : 0;
            }

            Assert.Equal(events.Count(b => b == '\n'), lines);
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Signals are POSIX.")]
    public async Task Serve_StoppedInAStepOfManyMinutes_EndsSoonAndDoesNotBlameTheRun()
    {
        RunFolder slow = RunFolder.Create(
            _folder.Home.Runs, Short with { BatchSize = 1024, GradSteps = 10_000, Threads = null }, RunScript.Start);
        File.WriteAllText(Path.Combine(slow.Path, "studio.json"), "{\"queue_order\": 1}");

        using ProgramRun studio = Start();
        await Eventually.Holds(
            () => File.Exists(slow.EventsPath) && EventLine.ReadAll(slow.EventsPath).Any(e => e is Started), TimeSpan.FromMinutes(2));
        await StopAsync(studio);

        Assert.Contains("\"count\": 0", File.ReadAllText(Path.Combine(slow.Path, "attempts.json")), StringComparison.Ordinal);
    }

    private static async Task<Uri> AddressOf(ProgramRun studio) =>
        new((await studio.LineAsync("open at")).Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)));

    private static async Task<CommandResult> StopAsync(ProgramRun studio)
    {
        long start = Stopwatch.GetTimestamp();
        await studio.SignalAsync("TERM");
        CommandResult result = await studio.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, LongestStop);
        return result;
    }

    private ProgramRun Start() => ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");

    private RunFolder Interrupted() => RunFiles.Create(_folder.Home, Short, RunScript.Started(Short), RunScript.Step(1, Short));
}
