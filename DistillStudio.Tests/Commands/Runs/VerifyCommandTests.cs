using System.Text.Json;

namespace DistillStudio.Tests.Commands.Runs;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly FinishedDemoRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Verify_FolderIdAndZip_SayThatTheRunIsReproduced()
    {
        string zip = Path.Combine(_run.Root, "run.zip");
        Assert.Equal(
            0, (await InProcess.RunAsync(["runs", "export", _run.Folder.Id, "--weights", "--out", zip, "--home", _run.Root])).ExitCode);
        foreach (string which in new[] { _run.Folder.Path, _run.Folder.Id, zip })
        {
            CommandResult result = await VerifyAsync(which, "--stretches", "1");
            Assert.True(result.ExitCode == 0, result.Error + result.Out);
            Assert.Contains("Reproduced to the last bit (2 of 10 steps computed again, 20 %).", result.Out, StringComparison.Ordinal);
            Assert.Contains("Drawn with --seed", result.Out, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Directory.GetDirectories(Path.GetTempPath(), "distillstudio-verify-*"), place =>
            File.Exists(Path.Combine(place, _run.Folder.Id, "spec.json")));
    }

    [Fact]
    public async Task Verify_ZipWithoutWeights_ReplaysFromTheStartAndSaysWhatIsMissing()
    {
        string zip = Path.Combine(_run.Root, "run.zip");
        await InProcess.RunAsync(["runs", "export", _run.Folder.Path, "--out", zip, "--home", _run.Root]);
        Directory.Delete(_run.Folder.ModelPath, recursive: true);

        CommandResult result = await VerifyAsync(zip, "--steps", "0-3");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Steps 1 to 3: reproduced to the last bit.", result.Out, StringComparison.Ordinal);
        Assert.Contains("exported model is not in the run's folder", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ChangedRecordAsJson_ExitsWithOneAndNamesTheFigure()
    {
        _run.ChangeEvents(line => FinishedDemoRun.Is(line, "progressed", 2), line => line["labelLoss"] = 0.1);

        CommandResult result = await VerifyAsync(_run.Folder.Path, "--steps", "0-3", "--json");

        Assert.Equal(1, result.ExitCode);
        JsonElement report = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal("differs", report.GetProperty("outcome").GetString());
        Assert.Contains(report.GetProperty("findings").EnumerateArray(), finding =>
            finding.GetProperty("field").GetString() == "labelLoss" && finding.GetProperty("step").GetInt32() == 2);
        Assert.Contains("labelLoss", (await VerifyAsync(_run.Folder.Path, "--steps", "0-3")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WrongUse_ListsEveryProblem()
    {
        CommandResult result = await VerifyAsync("--steps", "5", "--stretches", "-1", "--device", "tpu", "--threads", "0");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal(5, result.Problems.Length);
        Assert.Contains(
            "exclude each other", (await VerifyAsync(_run.Folder.Path, "--steps", "0-3", "--stretches", "1")).Error,
            StringComparison.Ordinal);
        Assert.Equal(2, (await VerifyAsync(Path.Combine(_run.Root, "nowhere"))).ExitCode);
        Assert.Equal(2, (await VerifyAsync(_run.Folder.Path, "--from_pretrained", Path.Combine(_run.Root, "nowhere"))).ExitCode);
    }

    private Task<CommandResult> VerifyAsync(params string[] arguments) =>
        InProcess.RunAsync(["runs", "verify", .. arguments, "--home", _run.Root]);
}
