using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Reports;
using DistillStudio.Reports.Charts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Tests.Reports;

public sealed partial class WrittenReportsTests : IDisposable
{
    private const string Hostile = "<script>window.taken=1</script>\" onload='x' [a](https://example.org) |*_`";

    private readonly StudyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Html_OfEachKindWithHostileTexts_HasNoScriptAndRefersToNothingOutside()
    {
        foreach (Report report in All(Hostile))
        {
            string html = HtmlReport.Write(report);

            Assert.Equal(html, HtmlReport.Write(report));
            Assert.Empty(Dangers().Matches(html).Select(match => match.Value));
            Assert.Contains("&lt;script&gt;window.taken=1&lt;/script&gt;", html, StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
            Assert.Contains("<svg viewBox", html, StringComparison.Ordinal);
            Assert.All(Tags().Matches(html).Select(match => match.Groups[1].Value).Distinct(), tag => Assert.Contains(tag, Known));
        }
    }

    [Fact]
    public void Markdown_OfEachKindWithHostileTexts_HasNoMarkupAndItsFiguresBesideIt()
    {
        foreach (Report report in All(Hostile))
        {
            byte[] zip = Zip(report);
            Assert.Equal(zip, Zip(report));
            using var archive = new ZipArchive(new MemoryStream(zip));
            string text = Read(archive.GetEntry(MarkdownReport.TextName)!);

            string[] figures = [.. Pictures().Matches(text).Select(match => match.Groups[1].Value)];
            Assert.NotEmpty(figures);
            Assert.Equal(archive.Entries.Select(entry => entry.FullName).Except([MarkdownReport.TextName]), figures);
            Assert.All(
                figures,
                figure => Assert.StartsWith("<svg xmlns=", Read(archive.GetEntry(figure)!), StringComparison.Ordinal));
            Assert.All(
                archive.Entries,
                entry => Assert.Empty(Dangers().Matches(entry.FullName == MarkdownReport.TextName ? "" : Read(entry))));
            string prose = Fenced().Replace(text, "");
            Assert.DoesNotMatch(@"(?<!\\)<[^ ]", prose);
            Assert.DoesNotContain("https://", prose, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_Finished_TellsResultSettingsFingerprintsAndCommand()
    {
        RunSpec spec = RunScript.Spec(20) with { Seed = 7 };
        var prints = new RunFingerprints(Dataset: new string('d', 64), Weights: new string('w', 64));
        Report report = OfRun(
            spec,
            [RunScript.Started(spec) with { Fingerprints = prints, DeviceName = "a processor" }, .. RunScript.Whole(spec, 10).Skip(1)]);

        string html = HtmlReport.Write(report);

        Assert.All(
            [
                "75.0 % of the 100 test rows are right (75; 95 % interval 65.7 to 82.5 %).", "runs with several seeds",
                "<td>Random seed</td><td>7</td><td>--run</td>",
                new string('d', 64), new string('w', 64), "a processor",
                "--dataset demo", "--run 7", "runs report", "Figure 3.", "Rationale loss",
            ],
            part => Assert.Contains(part, html, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Unfinished_SaysHowItStands()
    {
        RunSpec spec = RunScript.Spec(20);

        Assert.Contains(
            "The run has not ended. The report shows its state after step 2.",
            HtmlReport.Write(OfRun(spec, [RunScript.Started(spec), RunScript.Step(1, spec), RunScript.Step(2, spec)])),
            StringComparison.Ordinal);
        Assert.Contains(
            "The run failed after step 1: It broke.",
            HtmlReport.Write(OfRun(spec, [RunScript.Started(spec), RunScript.Step(1, spec), new Failed(1, "It broke.", null, null)])),
            StringComparison.Ordinal);
        string html = HtmlReport.Write(OfRun(spec, []));
        Assert.Contains("The run was not tested: nothing is claimed about its accuracy.", html, StringComparison.Ordinal);
        Assert.Contains("The run has recorded no step.", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LossesThatAreNoNumbers_LeaveGaps()
    {
        RunSpec spec = RunScript.Spec(20);
        RunEvent[] events =
        [
            RunScript.Started(spec),
            .. Enumerable.Range(1, 20)
            .Select(step => RunScript.Step(step, spec) with { LabelLoss = step > 10 ? double.NaN : 1e300 * step }),
        ];

        string html = HtmlReport.Write(OfRun(spec, events));

        Assert.DoesNotContain(
            "NaN",
            html[html.IndexOf("<svg", StringComparison.Ordinal)..html.LastIndexOf("</svg>", StringComparison.Ordinal)],
            StringComparison.Ordinal);
        Assert.Contains("No values were recorded.", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Comparison_OfSeeds_HasTheVerdictWithItsEvidenceAndMeansWithBands()
    {
        Study study = StudyHome.Pair();
        foreach ((int cell, int seed) in from cell in (int[])[0, 1] from seed in (int[])[0, 1, 2] select (cell, seed))
        {
            _home.Finish(study, cell, seed, 0.5 + (0.2 * cell) + (0.01 * seed));
        }

        ReportedRun[] runs = [.. _home.Look(study).Runs.Select(Read)];
        var verdict = Verdict.Of([.. runs.Select(run => run.Run)]);

        string html = HtmlReport.Write(ComparisonReport.Of(verdict, runs));

        Assert.All(
            [.. verdict.Sentences, .. verdict.Evidence],
            sentence => Assert.Contains(Markup.Escape(sentence), html, StringComparison.Ordinal));
        Assert.Contains("Standard over 3 seeds; Step-by-step over 3 seeds", html, StringComparison.Ordinal);
        Assert.Contains("fill-opacity", html, StringComparison.Ordinal);
        Assert.Contains("3: 0, 1, 2", html, StringComparison.Ordinal);
        Assert.Equal(6, Regex.Count(html, "DistillStudio -- train "));
        Assert.All(runs, run => Assert.Contains(run.Run.Id, html, StringComparison.Ordinal));
        RequireColorsOfTheMethods(ComparisonReport.Of(Verdict.Of([.. runs.Select(run => run.Run).Reverse()]), runs));
    }

    [Fact]
    public void Study_OfTwoAxes_HasVerdictsCellsFiguresAndAFileThatIsTheStudy()
    {
        Study study = new StudyStore(_home.Home).Create(StudyHome.Pair(2) with
        {
            Axes = [new(SettingsTable.Method, ["standard", "task_prefix"]), new(SettingsTable.Subsample, ["0.5", "1"])],
        }, RunScript.Start);
        foreach (PlannedRun run in StudyGrid.Of(study, _home.Home).Runs)
        {
            _home.Finish(study, run.Cell.Index, run.Seed, 0.5 + (0.1 * run.Cell.Index) + (0.01 * run.Seed));
        }

        StudyProgress progress = _home.Look(study);

        Report report = StudyReport.Of(progress);

        Figure against = report.Blocks.OfType<Figure>().First();
        Assert.Equal("accuracy-against-subsample", against.Name);
        Assert.Equal(["Standard", "Step-by-step"], against.Chart.Lines.Select(line => line.Name!));
        Assert.Equal([0.5, 1], against.Chart.Lines[0].Points.Select(point => point.X));
        Assert.All(
            StudyResult.Of(progress).Verdicts.SelectMany(verdict => verdict.Sentences),
            sentence => Assert.Contains(report.Blocks.OfType<Paragraph>(), p => p.Text.EndsWith(sentence, StringComparison.Ordinal)));
        RequireColorsOfTheMethods(report);
        Table shared = report.Blocks.OfType<Table>().Single(table => table.Rows.Any(row => row.Contains("--eval_steps")));
        Assert.DoesNotContain(shared.Rows, row => row.Contains("--run")); // there are two seeds
        Assert.Contains(shared.Rows, row => row is ["Alpha", "0.5 (where it applies)", "--alpha"]);
        string file = _home.Write("again.json", report.Blocks.OfType<Code>().First().Text);
        Assert.True(StudyFile.Read(file, "again").IsSameQuestion(study));
        Assert.Equal(
            report.Blocks.OfType<Figure>().Select(figure => figure.Name).Distinct(),
            report.Blocks.OfType<Figure>().Select(figure => figure.Name));
    }

    [Fact]
    public void Study_OfAPublishedDataset_HasItsPointsAsHollowSquaresWithTheirSourcesAndLossCurves()
    {
        Study study = StudyPreset.Find("three-fractions")!.Create(
            "f", new() { Dataset = "cqa", FromPretrained = "t5", Teacher = "palm", MaxSteps = 20, EvalSteps = 10 }, 2);
        foreach (PlannedRun run in StudyGrid.Of(study, _home.Home).Runs)
        {
            _home.Finish(study, run.Cell.Index, run.Seed, 0.5 + (0.01 * run.Cell.Index) + (0.01 * run.Seed));
        }

        Report report = StudyReport.Of(_home.Look(study));
        Figure against = report.Blocks.OfType<Figure>().First();

        ChartLine[] marks = [.. against.Chart.Lines.Where(line => line.Role == LineRole.Published)];
        Assert.Equal(4, marks.Length); // two methods, from the paper and from a tracker
        Assert.Contains(marks, line => line.Points is [{ X: 1, Y: 0.6329 }]);
        Assert.Contains("Hollow squares were measured by others: ", against.Caption, StringComparison.Ordinal);
        Assert.Contains("Hsieh et al. 2023", against.Caption, StringComparison.Ordinal);
        Assert.Equal(14, Regex.Count(SvgChart.Draw(against.Chart, isFile: true), "h8v8h-8Z")); // ten points, and four in the legend
        Assert.All(["Label loss", "Rationale loss"], title => Assert.Contains(report.Blocks.OfType<Figure>(), figure =>
            figure.Chart.Title == title && figure.Chart.Lines.Any(line => line.Points.Any(point => point.HasInterval))));
    }

    [Fact]
    public void Study_NothingRunYet_SaysSo()
    {
        string html = HtmlReport.Write(StudyReport.Of(_home.Look(StudyHome.Pair() with { Id = "pair" })));

        Assert.Contains("No run has been made yet.", html, StringComparison.Ordinal);
        Assert.Contains("The study has not ended", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, 3, "all")]
    [InlineData(new[] { 1 }, 1, "1")]
    [InlineData(new[] { 1, 2, 3, 5, 8, 9 }, 10, "1–3, 5, 8–9")]
    public void Numbers_OfRuns_AreRanges(int[] numbers, int total, string text) => Assert.Equal(text, OriginTables.Numbers(numbers, total));

    /// <summary>A report of each kind whose every text of a user is the given one.</summary>
    private IEnumerable<Report> All(string text)
    {
        RunSpec spec = RunScript.Spec(20) with { Name = text, FromPretrained = text };
        yield return OfRun(
            spec,
            [.. RunScript.Whole(spec, 10).SkipLast(1), new Logged(LogSeverity.Warning, text), new Failed(20, text, text, text)],
            summary => summary with { Notes = $"{text}\n{text}", Tags = [text] });

        Study study = new StudyStore(_home.Home).Create(
            StudyHome.Pair(2) with { Name = text, Notes = text, Base = RunScript.Spec(20) },
            RunScript.Start);
        foreach (PlannedRun run in StudyGrid.Of(study, _home.Home).Runs)
        {
            _home.Finish(study, run.Cell.Index, run.Seed, 0.5 + (0.1 * run.Cell.Index));
        }

        StudyProgress progress = _home.Look(study);
        yield return StudyReport.Of(progress);

        ReportedRun[] runs = [.. progress.Runs.Select(Read).Select((run, i) => run with { Run = run.Run with { Name = $"{text} {i}" } })];
        yield return ComparisonReport.Of(Verdict.Of([.. runs.Select(run => run.Run)]), runs);
    }

    private static Report OfRun(RunSpec spec, IEnumerable<RunEvent> events, Func<RunSummary, RunSummary>? change = null)
    {
        IReadOnlyList<RunEvent> numbered = RunScript.Numbered(events);
        RunSummary run = numbered.Aggregate(RunScript.Summary("a-run", RunState.Queued, spec), RunSummaryReducer.Apply);
        return new RunReports(_ => numbered).Of(change is null ? run : change(run));
    }

    private static ReportedRun Read(StudyRun run) =>
        ReportedRun.Read(run.Facts!.Run, EventLine.ReadAll(Path.Combine(run.Facts.Folder, RunFolder.EventsName)));

    private static byte[] Zip(Report report)
    {
        using var stream = new MemoryStream();
        MarkdownReport.Write(stream, report);
        return stream.ToArray();
    }

    private static string Read(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static readonly string[] Known =
    [
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li", "div", "table", "thead", "tbody", "tr",
        "th", "td", "figure", "figcaption", "b", "pre", "footer",
        "svg", "rect", "text", "path", "circle",
    ];

    /// <summary>Whatever runs, loads or leads elsewhere.</summary>
    [GeneratedRegex(
        """<script|<[^>]*\s(on\w+|src|href|srcset|action|data|style)\s*=|<(link|iframe|img|object|embed|a|form|use)\b|url\(|@import""",
        RegexOptions.IgnoreCase)]
    private static partial Regex Dangers();

    [GeneratedRegex("""</?([a-zA-Z][\w]*)""")]
    private static partial Regex Tags();

    [GeneratedRegex("""!\[[^\]]*\]\(([^)]+)\)""")]
    private static partial Regex Pictures();

    [GeneratedRegex("""^```text\n.*?^```\n""", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced();
}
