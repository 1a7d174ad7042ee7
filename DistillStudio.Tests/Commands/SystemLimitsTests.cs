using System.Runtime.InteropServices;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Commands;

/// <summary>What a system may do to the program in its own process: hang its terminal up, give it few files, stop it in the middle of much
/// work.</summary>
public sealed partial class SystemLimitsTests : IDisposable
{
    private const int ReadWriteForUsAlone = 0x80102; // O_RDWR | O_NOCTTY | O_CLOEXEC

    private readonly SmallWorld _world = new();

    public static bool IsLinux => OperatingSystem.IsLinux();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _world.Dispose();

    [Theory(SkipUnless = nameof(IsLinux), Skip = "The limit is Unix's.")]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    public async Task Serve_WithFewFiles_NamesTheLimitInOneSentence(int files)
    {
        using var studio = ProgramRun.StartInShell($"ulimit -n {files}; exec", null, null, "serve", "--home", _world.Home, "--port", "0");
        CommandResult result = await studio.EndAsync();

        Assert.Equal(1, result.ExitCode);
        string sentence = Assert.Single(result.Problems);
        Assert.Contains($"{files} files", sentence, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_world.Home));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The variable is Unix's.")]
    public async Task Serve_WithoutAFolderForTemporaryFiles_NamesItInOneSentence()
    {
        var environment = new Dictionary<string, string?> { ["TMPDIR"] = "/nowhere/at/all" };
        using var studio = ProgramRun.StartInShell("exec", environment, null, "serve", "--home", _world.Home, "--port", "0");
        CommandResult result = await studio.EndAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            "No temporary file can be written in /nowhere/at/all/; set TMPDIR to a folder where one can, or unset it.",
            Assert.Single(result.Problems));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The limit is Unix's.")]
    public async Task Serve_WithAsManyFilesAsItAsksFor_AnswersItsPages()
    {
        using var studio = ProgramRun.StartInShell("ulimit -n 512; exec", null, null, "serve", "--home", _world.Home, "--port", "0");
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };
        foreach (string page in new[] { "/", "/launch", "/compare" })
        {
            Assert.True((await client.GetAsync(page, Cancel)).IsSuccessStatusCode);
        }
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "The limit is Unix's.")]
    public async Task Train_With128Files_Trains()
    {
        using var run = ProgramRun.StartInShell("ulimit -n 128; exec", null, null, _world.Train("--max_steps", "2"));

        CommandResult result = await run.EndAsync();
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Signals are POSIX.")]
    public async Task Train_HungUpTwice_KeepsACheckpointOfItsLastStep()
    {
        using ProgramRun run = ProgramRun.Start(EndlessTraining("--json"));
        await run.LineAsync("\"step\":2,");

        await run.SignalAsync("HUP");
        await run.SignalAsync("HUP"); // a shell sends it to its jobs, and the system sends it again

        CommandResult result = await run.EndAsync();
        Assert.Equal(130, result.ExitCode);
        AssertStoppedWithACheckpoint();
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Signals are POSIX.")]
    public async Task Train_HangupIgnoredAtTheStart_Continues()
    {
        using var run = ProgramRun.StartInShell("trap '' HUP; exec", null, null, EndlessTraining("--json")); // what nohup does
        await run.LineAsync("\"step\":2,");

        await run.SignalAsync("HUP");

        string step = await run.LineAsync("\"event\":\"progressed\"");
        await Task.Delay(1000, Cancel);
        Assert.NotEqual(step, await run.LineAsync("\"event\":\"progressed\""));
        await run.SignalAsync("TERM");
        Assert.Equal(130, (await run.EndAsync()).ExitCode);
    }

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Terminals are Unix's.")]
    [InlineData("--json")]
    [InlineData("--fp32")] // drawn, not printed
    public async Task Train_TerminalCloses_KeepsACheckpointOfItsLastStep(string flag)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "This system has no setsid command to give the program a terminal.");
        int terminal = OpenTerminal(ReadWriteForUsAlone);
        Assert.SkipWhen(terminal < 0 || Grant(terminal) != 0 || Unlock(terminal) != 0, "This system gives no terminal.");
        string name = Marshal.PtrToStringUTF8(NameOf(terminal))!;
        using var run = ProgramRun.StartInShell(
            $"exec < {name} > {name} 2> {name}; export TERM=xterm; exec /usr/bin/setsid -c -w", null, null, EndlessTraining(flag));
        using (var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(terminal, ownsHandle: true))
        using (var master = new FileStream(handle, FileAccess.Read, bufferSize: 0))
        {
            Task drained = Task.Run(() => Drain(master), Cancel);
            await Eventually.Holds(
                () => _world.RunFolders() is [var folder] && LastOf(folder) is StepCompleted { Step: > 2 }, TimeSpan.FromSeconds(60));
        }

        await run.EndAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await Eventually.Holds(() => !RunLock.IsHeld(_world.RunFolders()[0]));
        AssertStoppedWithACheckpoint();
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Signals are POSIX.")]
    public async Task Serve_HungUp_EndsAsOnTermination()
    {
        using ProgramRun studio = ProgramRun.Start("serve", "--home", _world.Home, "--port", "0");
        await AddressOf(studio);

        await studio.SignalAsync("HUP");

        Assert.Equal(0, (await studio.EndAsync()).ExitCode);
        Assert.False(File.Exists(Path.Combine(_world.Home, "studio.address")));
    }

    private static async Task<Uri> AddressOf(ProgramRun studio) =>
        new((await studio.LineAsync("open at")).Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)));

    private static RunEvent? LastOf(string folder) =>
        File.Exists(Path.Combine(folder, "events.jsonl")) ? EventLine.ReadAll(Path.Combine(folder, "events.jsonl")).LastOrDefault() : null;

    private static void Drain(FileStream master)
    {
        byte[] piece = new byte[1 << 12];
        try
        {
            while (master.Read(piece) > 0)
            {
                // What the program shows is of no matter here.
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The test has closed the terminal.
        }
    }

    private string[] EndlessTraining(string flag) => _world.Train("--max_steps", "100000", "--eval_steps", "100000", flag);

    private void AssertStoppedWithACheckpoint()
    {
        string folder = Assert.Single(_world.RunFolders());
        RunEvent[] events = [.. EventLine.ReadAll(Path.Combine(folder, "events.jsonl"))];
        int last = events.OfType<StepCompleted>().Last().Step;
        Assert.Equal(last, Assert.IsType<Cancelled>(events[^1]).Step);
        Assert.Equal(last, Assert.IsType<Checkpointed>(events[^2]).Step);
        Assert.True(File.Exists(Path.Combine(folder, ((Checkpointed)events[^2]).Folder)));
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int OpenTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(int terminal);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(int terminal);

    [LibraryImport("libc", EntryPoint = "ptsname")]
    private static partial nint NameOf(int terminal);
}
