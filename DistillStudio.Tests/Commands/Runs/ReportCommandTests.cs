using System.IO.Compression;
using System.Text.Json;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Studies;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Tests.Commands.Runs;

public sealed class ReportCommandTests : IDisposable
{
    private readonly RunsHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Report_OneRunAndSeveral_WritesAPage()
    {
        RunFolder standard = _home.Add(RunScript.Spec(20) with { Method = MethodNames.Standard });
        RunFolder stepByStep = _home.Add(RunScript.Spec(20) with { Name = "the other" });

        CommandResult one = await _home.RunAsync("report", standard.Id, "--out", _home["one.html"]);
        string[] baseline = ["--baseline", "the other", "--margin", "0.05"];
        CommandResult two = await _home.RunAsync(["report", standard.Path, "the other", .. baseline, "--out", _home["two.html"], "--json"]);

        Assert.Equal((0, 0), (one.ExitCode, two.ExitCode));
        Assert.Contains("<h1>Run: ", await ReadAsync("one.html"), StringComparison.Ordinal);
        string page = await ReadAsync("two.html");
        Assert.Contains("<h1>Comparison: Step-by-step, Standard</h1>", page, StringComparison.Ordinal);
        Assert.Contains($"runs compare {stepByStep.Id} {standard.Id} --margin 0.05", page, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(two.Out);
        Assert.Equal(_home["two.html"], json.RootElement.GetProperty("file").GetString());
        Assert.Equal(new FileInfo(_home["two.html"]).Length, json.RootElement.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Report_LineWithoutAnEvent_IsSaidToItsReaderAndItsWriter()
    {
        RunFolder whole = _home.Add(RunScript.Spec(20) with { Name = "whole" });
        RunFolder damaged = _home.Add(RunScript.Spec(20) with { Name = "damaged", Alpha = 0.1 });
        File.AppendAllText(damaged.EventsPath, "?\n");

        CommandResult one = await _home.RunAsync("report", damaged.Id, "--out", _home["one.html"]);
        CommandResult two = await _home.RunAsync("report", whole.Id, damaged.Id, "--out", _home["two.html"]);

        Assert.All([one, two], result => Assert.Contains($"{damaged.Id}: events.jsonl has 1 line", result.Error, StringComparison.Ordinal));
        Assert.Contains("events.jsonl has 1 line without an event", await ReadAsync("one.html"), StringComparison.Ordinal);
        Assert.Contains("events.jsonl of damaged has 1 line without an event", await ReadAsync("two.html"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_FileThatEndsInZip_IsMarkdownWithFigures()
    {
        RunFolder run = _home.Add(RunScript.Spec(20));

        CommandResult result = await _home.RunAsync("report", run.Id, "--out", _home["report.zip"]);

        Assert.Equal(0, result.ExitCode);
        await using FileStream file = File.OpenRead(_home["report.zip"]);
        await using var zip = new ZipArchive(file);
        Assert.Equal(
            [MarkdownReport.TextName, "figures/accuracy.svg", "figures/label-loss.svg", "figures/rationale-loss.svg"],
            zip.Entries.Select(entry => entry.FullName));
    }

    [Theory]
    [InlineData("--format pdf", "--format pdf is unknown; use html, markdown.")]
    [InlineData("--format markdown --out x.md", "--out x.md is not a zip archive")]
    [InlineData("--out there.html", "there.html already exists")]
    [InlineData("--out nowhere/x.html", "cannot be written")]
    [InlineData("--margin 7", "--margin 7 is out of range")]
    [InlineData("--baseline none", "There is no run \"none\"")]
    public async Task Report_WrongUse_IsRefusedInOneSentence(string flags, string problem)
    {
        RunFolder run = _home.Add(RunScript.Spec(20));
        await File.WriteAllTextAsync(_home["there.html"], "mine", TestContext.Current.CancellationToken);

        IEnumerable<string> words = flags.Split(' ').Select(flag => flag.EndsWith(".html", StringComparison.Ordinal) ? _home[flag] : flag);
        CommandResult result = await _home.RunAsync(["report", run.Id, .. words]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(problem, Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal("mine", await ReadAsync("there.html"));
    }

    [Fact]
    public async Task StudyExport_Formats_AreCsvAndReports()
    {
        using var home = new StudyHome();
        Study study = new StudyStore(home.Home).Create(StudyHome.Pair(1), RunScript.Start);
        home.Finish(study, 0, 0, 0.5);
        string[] export = ["study", "export", "pair", "--home", home.Home.Path];
        string page = Path.Combine(home.Home.Path, "page.html");
        string zip = Path.Combine(home.Home.Path, "text.zip");

        Assert.Equal((await InProcess.RunAsync(export)).Out, (await InProcess.RunAsync([.. export, "--format", "CSV"])).Out);
        Assert.Equal(0, (await InProcess.RunAsync([.. export, "--format", "html", "--out", page])).ExitCode);
        Assert.Contains(
            "<h1>Study: pair</h1>",
            await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(0, (await InProcess.RunAsync([.. export, "--format", "markdown", "--out", zip])).ExitCode);
        Assert.True(File.Exists(zip));
        Assert.Contains(
            "use csv, html, markdown",
            Assert.Single((await InProcess.RunAsync([.. export, "--format", "pdf"])).Problems),
            StringComparison.Ordinal);
        Assert.Contains(
            "--runs belongs to --format csv",
            Assert.Single((await InProcess.RunAsync([.. export, "--format", "html", "--runs"])).Problems),
            StringComparison.Ordinal);
    }

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(_home[name], TestContext.Current.CancellationToken);
}
