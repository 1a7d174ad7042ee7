using System.Diagnostics;
using System.Runtime.Versioning;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Cluster;

/// <summary>The script is run by bash, with a program that writes down what it was given.</summary>
[SupportedOSPlatform("linux")]
public sealed class JobScriptTests : IDisposable
{
    private const string Fake = """
        #!/bin/bash
        printf '%s\n' "$@" > "$FAKE/words"
        [ -z "$FAKE_WAITS" ] || { trap 'exit 75' TERM; trap 'exit 130' USR2; echo > "$FAKE/ready"; while :; do sleep 0.05; done; }
        [ -z "$FAKE_DIES" ] || kill -s "$FAKE_DIES" "$$"
        exit 3
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain")]
    [InlineData("a b")]
    [InlineData("it's \"$(touch x)\" `touch y` $HOME \\ ; touch z")]
    [InlineData("%j\nline")]
    public async Task OfRuns_HomeOfAnyName_IsHandedOverWord(string name)
    {
        (ClusterProfile profile, string script, string run) = Prepare(name);

        (int code, _) = await RunAsync(script, task: "1");

        Assert.Equal(3, code);
        Assert.Equal(
            $"train\n--spec\n{run}/spec.json\n--events\n{run}/events.jsonl\n--home\n{_folder[name]}\n",
            await File.ReadAllTextAsync(_folder["words"], TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "?"));
        Assert.All(
            JobScript.Options(profile, new(_folder[name]), "nonce", "name", 2),
            option => Assert.StartsWith("--", option, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("USR1", 75, true)]
    [InlineData("HUP", 75, false)]
    [InlineData("TERM", 75, false)]
    [InlineData("USR2", 130, false)]
    public async Task OfRuns_Signalled_TellsTheWorkerAndRequeuesOnlyWhenAsked(string signal, int expected, bool isRequeued)
    {
        (_, string script, string run) = Prepare("home");
        string scontrol = _folder.Write("bin/scontrol", "#!/bin/bash\necho \"$@\" > \"$FAKE/requeued\"; exit 1\n");
        File.SetUnixFileMode(scontrol, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        (int code, _) = await RunAsync(script, task: "1", signal: signal);

        Assert.Equal(expected, code);
        Assert.Equal(isRequeued, File.Exists(_folder["requeued"]));
        if (isRequeued)
        {
            Assert.Equal("requeue 7_1\n", await File.ReadAllTextAsync(_folder["requeued"], TestContext.Current.CancellationToken));
        }
    }

    /// <summary>If it ended with exit code 137, sacct would show 9.</summary>
    [Theory]
    [InlineData("KILL", 137, "Killed")]
    [InlineData("TERM", 143, "Terminated")]
    public async Task OfRuns_WorkerKilled_EndsByTheSameSignal(string signal, int expected, string word)
    {
        (_, string script, _) = Prepare("home");
        string log = _folder["shell.log"];

        (int code, _) = await RunAsync($"exec 2> '{log}'\nbash job.inner\nexit $?\n", task: "1", dies: signal, inner: script);

        Assert.Equal(expected, code);
        string said = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        Assert.Contains(word, said, StringComparison.Ordinal); // a shell says so of a signal, and nothing of an exit code
    }

    [Fact]
    public async Task OfRuns_RunThatIsGone_SaysSo()
    {
        (_, string script, string run) = Prepare("home");
        Directory.Delete(run, recursive: true);

        (int code, string output) = await RunAsync(script, task: "1");

        Assert.Equal(1, code);
        Assert.Contains("is not there", output, StringComparison.Ordinal);
    }

    private (ClusterProfile Profile, string Script, string Run) Prepare(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Jobs are scripts of bash.");
        string fake = _folder.Write("bin/my program's", Fake);
        File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var profile = new ClusterProfile { Name = "p", Program = fake, Preamble = ["export PREPARED=1"] };
        DistillStudio.Engine.Runtime.Files.StudioHome home = new(_folder[name]);
        RunFolder[] runs = [RunFiles.Create(home, DemoTraining.Short), RunFiles.Create(home, DemoTraining.Short)];
        return (profile, JobScript.OfRuns(profile, home, "nonce", runs), runs[1].Path);
    }

    /// <param name="script">The script to run.</param>
    /// <param name="task">Number in the array.</param>
    /// <param name="signal">Sent to the script once its worker runs.</param>
    /// <param name="dies">Signal that the worker sends itself.</param>
    /// <param name="inner">Written beside the script, which may run it.</param>
    private async Task<(int Code, string Output)> RunAsync(
        string script, string task, string? signal = null, string? dies = null, string inner = "")
    {
        string file = _folder.Write("job", script);
        _folder.Write("job.inner", inner);
        var start = new ProcessStartInfo("bash", [file])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Path,
            Environment =
            {
                ["FAKE"] = _folder.Path, ["SLURM_ARRAY_TASK_ID"] = task, ["SLURM_ARRAY_JOB_ID"] = "7", ["SLURM_JOB_ID"] = "9",
                ["FAKE_WAITS"] = signal ?? "", ["FAKE_DIES"] = dies ?? "",
                ["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}",
            },
        };
        using Process process = Process.Start(start)!;
        if (signal is not null)
        {
            await Eventually.Holds(() => File.Exists(_folder["ready"]));
            using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
