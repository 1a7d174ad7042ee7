using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Compare;

/// <summary>Many runs, and samples of rows in another order.</summary>
public sealed class ComparePageTests : StudioContext
{
    [Fact]
    public async Task Page_FortyRuns_ComparesAllAndDrawsTheFirstSeedsOfEachMethod()
    {
        string[] ids =
        [
            .. from method in new[] { RunDefaults.DemoStandard, RunDefaults.Demo }
               from seed in Enumerable.Range(0, 20)
               select Add($"{method.Method}-{seed}", state: RunState.Failed, spec: method with { Seed = seed }).Id,
        ];

        IRenderedComponent<ComparePage> page = Open<ComparePage>(RunActions.Compare(ids));

        Assert.Equal(40, page.FindAll(".chosen-run").Count);
        Assert.Contains("40 runs: baseline", page.Find(".chosen-many summary").TextContent, StringComparison.Ordinal);
        Assert.Contains("Curves and samples of 12 of 40 runs are shown", page.Markup, StringComparison.Ordinal);
        await Eventually.Holds(() => page.Markup.Contains("was interrupted before its first evaluation", StringComparison.Ordinal));
    }

    [Fact]
    public void Page_RunWithLinesThatCannotBeRead_SaysWhoseCurvesLackSomething()
    {
        Add("whole");
        Add("damaged", run => run with { UnreadableLines = 1 });

        Assert.Contains(
            "events.jsonl of damaged has 1 line without an event that can be read; what was recorded there is missing here.",
            Open<ComparePage>(RunActions.Compare(["whole", "damaged"])).Find(".curves-card").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_LongRuns_ShowsThePageFirstThenTheirCurvesThenTheVerdict()
    {
        string[] ids = [.. new[] { RunDefaults.DemoStandard, RunDefaults.Demo }.Select(spec => Long(spec))];

        IRenderedComponent<ComparePage> page = Open<ComparePage>(RunActions.Compare(ids));

        await Eventually.Holds(() => page.FindAll(".loss-chart").Count == 1);
        Assert.Empty(page.FindAll(".skeleton-chart"));
        Assert.Equal(2, page.FindAll(".legend-name").Count);
        await Eventually.Holds(() => page.FindComponent<CompareVerdict>().Instance.Verdict is { Runs.Count: 2 });
    }

    [Fact]
    public void Drawn_OfManyRuns_TakesEveryMethodAndTheBaseline()
    {
        FigureRun[] runs =
        [
            .. from method in new[] { RunDefaults.DemoStandard, RunDefaults.Demo }
               from seed in Enumerable.Range(0, 20)
               let id = $"{method.Method}-{seed}"
               select new FigureRun(RunScript.Summary(id, RunState.Finished, method with { Seed = seed, Name = id }), id, 0),
        ];

        IReadOnlyList<FigureRun> drawn = ComparedCurves.Drawn(runs, "task_prefix-7");
        Assert.Equal(ComparedCurves.Most, drawn.Count);
        Assert.Equal([6, 6], drawn.CountBy(run => run.Run.Spec.Method).Select(pair => pair.Value));
        Assert.Contains(drawn, run => run.Run.Id == "task_prefix-7");

        Assert.Equal(runs[..3], ComparedCurves.Drawn(runs[..3], "standard-0"));
    }

    [Fact]
    public void Samples_RowsInAnotherOrder_ArePairedByContent()
    {
        FigureRun[] runs = [Sampled("one", "a b c c"), Sampled("two", "c b c d")];

        IRenderedComponent<CompareSamples> samples = Render<CompareSamples>(p => p
            .Add(c => c.Runs, runs)
            .Add(c => c.View, new SampleView()));

        Assert.Equal(3, samples.FindAll("article").Count); // b, and both of c
        Assert.Equal(
            ["question b", "question c", "question c"],
            samples.FindAll("article").Select(row => row.QuerySelector(".question")!.TextContent.Trim()));
        Assert.Equal(
            ["one 1", "two 1", "one 2", "two 0", "one 3", "two 2"],
            samples.FindAll(".column").Select(column => column.QuerySelector(".label > .text")!.TextContent));
    }

    /// <summary>A run of more steps than are read before the page is drawn.</summary>
    private string Long(RunSpec spec)
    {
        spec = spec with { MaxSteps = 30_000 };
        Add(spec.Method, run => run with { Step = 0 }, RunState.Running, spec);
        Bench.History.Append(
            spec.Method,
            RunScript.Numbered(Enumerable.Range(1, 30_000).Select(step => RunScript.Step(step, spec))
                .Append<RunEvent>(RunScript.Valid(30_000, 0.5)).Append(new Cancelled(30_000))),
            new Bookmark(1, ""));
        return spec.Method;
    }

    /// <summary>A run that was sampled on rows, each a letter, and that answers with its name and the place of the row.</summary>
    private FigureRun Sampled(string id, string rows)
    {
        Add(id);
        Sample[] samples =
        [
            .. rows.Split(' ').Select(
                (letter, place) => new Sample(place, $"question {letter}", letter, null, null, $"{id} {place}", null, false, false, false)),
        ];
        Bench.History.Append(id, RunScript.Numbered([new Sampled(10, samples)]), new Bookmark(1, ""));
        return new(Bench.History.Find(id)!, id, 0);
    }
}
