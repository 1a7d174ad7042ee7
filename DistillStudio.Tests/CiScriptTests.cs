using System.Diagnostics;
using System.Runtime.Versioning;

namespace DistillStudio.Tests;

/// <summary>How <c>.ci/run</c> counts: with a <c>dotnet</c> that runs nothing and leaves the reports it was given.</summary>
[SupportedOSPlatform("linux")]
public sealed class CiScriptTests : IDisposable
{
    private const string FakeDotnet = """
        #!/usr/bin/env bash
        here=$(dirname "$0")
        [ "$1" = test ] || exit 0
        echo "$*" >> "$here/calls"
        while [ $# -gt 0 ]; do
            case $1 in --results-directory) folder=$2;; --report-xunit-xml-filename) report=$2;; esac
            shift
        done
        [ -f "$here/$report" ] || exit 0
        cp "$here/$report" "$folder/$report"
        ! grep -q 'result="Fail"' "$here/$report"
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_EverythingPasses_EndsWithTheCount()
    {
        Report("tests.xml", ("A.One", "Pass"), ("A.Two", "Pass"));

        (int exitCode, string[] lines) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal("2 passed, 0 failed", lines[^1]);
        Assert.DoesNotContain(lines, line => line.Contains("in quarantine,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_OneTestFails_FailsAtOnceAndNamesIt()
    {
        Report("tests.xml", ("A.One", "Pass"), ("A.Flaky", "Fail"), ("A.Other(text: &quot;x&quot;)", "Skip"));

        (int exitCode, string[] lines) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.Equal("1 passed, 1 failed", lines[^1]);
        Assert.Contains("PROBLEM: tests that failed: A.Flaky ", lines);
        Assert.Single(Calls(), call => call.Contains("--filter-not-trait Quarantine=*", StringComparison.Ordinal)); // no second try
        Assert.Equal(2, Calls().Length);
    }

    [Theory]
    [InlineData("Fail", 0)]
    [InlineData("Pass", 1)]
    public async Task Run_TestInQuarantine_CountsAsNeitherAndIsNamedBeforeTheLastLine(string result, int passed)
    {
        Report("tests.xml", ("A.One", "Pass"));
        Report("quarantine.xml", ("A.Flaky", result));

        (int exitCode, string[] lines) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal([$"1 in quarantine, of which {passed} passed:", "  A.Flaky", "1 passed, 0 failed"], lines[^3..]);
        Assert.Single(Calls(), call => call.Contains("--filter-trait Quarantine=*", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("slurm", "tests on Slurm")]
    [InlineData("browser", "browser tests")]
    public async Task Run_TestsThatNeedWhatIsInstalledWereSkipped_Fails(string need, string what)
    {
        Report(need, "tests.xml", ("A.One", "Pass"), ("A.Needy", "Skip"));

        (int exitCode, string[] lines) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains($"PROBLEM: {what} were skipped: A.Needy ", lines);
    }

    private void Report(string name, params (string Test, string Result)[] tests) => Report("nothing", name, tests);

    private void Report(string need, string name, params (string Test, string Result)[] tests)
    {
        int Count(string result) => tests.Count(test => test.Result == result);

        string content = string.Concat(tests.Select(test =>
            $"<test id=\"1\" name=\"{test.Test}\" result=\"{test.Result}\" time=\"0\" type=\"A\" method=\"M\"><traits><trait "
                + $"name=\"Needs\" value=\"{need}\" /></traits></test>"));
        _folder.Write(
            $"bin/{name}",
            $"<assemblies schema-version=\"3\"><assembly errors=\"0\" failed=\"{Count("Fail")}\" passed=\"{Count("Pass")}\" "
                + $"skipped=\"{Count("Skip")}\"><collection failed=\"9\" passed=\"9\">{content}</collection></assembly></assemblies>");
    }

    private string[] Calls() => File.ReadAllLines(_folder["bin/calls"]);

    private async Task<(int ExitCode, string[] Lines)> RunAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The script is for Linux.");
        string script = _folder.Write(
            ".ci/run",
            await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Root, ".ci", "run"), TestContext.Current.CancellationToken));
        string dotnet = _folder.Write("bin/dotnet", FakeDotnet);
        foreach (string program in new[] { dotnet, _folder.Write("bin/slurmctld", "") }) // nothing is installed
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("bash", [script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
                { ["PATH"] = $"{Path.GetDirectoryName(dotnet)}:{Environment.GetEnvironmentVariable("PATH")}", ["CHROMIUM_PATH"] = "true" },
        };
        using Process run = Process.Start(start)!;
        Task<string> errors = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await errors);
        return (run.ExitCode, output.TrimEnd('\n').Split('\n'));
    }
}
