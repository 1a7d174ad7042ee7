using Bunit;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Run;

/// <summary>Samples: filters, the way through time, marks.</summary>
public sealed class RunSamplesTests : StudioContext
{
    private SampleView _view = new();

    [Fact]
    public void Filters_ShowWrongAndChangedRows_AndSayHowMany()
    {
        IRenderedComponent<RunSamples> samples = Show();
        Assert.Equal("4 of 6 correct", samples.Find(".card-head .num").TextContent);
        Assert.Equal(["All 6", "Wrong 2", "Changed 3", "Random"], samples.FindAll(".segments button").Select(b => b.TextContent.Trim()));

        Assert.Equal("row 1", samples.Find(".truth .row").TextContent); // counted from 1, as on the dataset's page
        Press(samples, "Wrong");
        Assert.Equal(["question 1", "question 4"], Questions(samples));
        Press(samples, "Changed");
        Assert.Equal(["question 0", "question 1", "question 5"], Questions(samples));
        Press(samples, "All");
        Assert.Equal(6, Questions(samples).Length);
    }

    [Fact]
    public void Random_PressedAgain_DrawsOthers_AndTheSameRowsAtAnotherStep()
    {
        IRenderedComponent<RunSamples> samples = Show();
        Press(samples, "Random");
        string[] first = Questions(samples);
        Assert.Equal(4, first.Length);

        samples.Find("input[type=range]").Input("0");
        Refresh(samples);
        Assert.Equal(first, Questions(samples));

        HashSet<string> drawn = [.. first];
        for (int i = 0; i < 5; i++)
        {
            Press(samples, "Random");
            drawn.UnionWith(Questions(samples));
        }

        Assert.Equal(6, drawn.Count);
    }

    [Fact]
    public void Slider_ToAnEarlierEvaluation_ShowsThat_AndTheLastIsKeptAsLatest()
    {
        IRenderedComponent<RunSamples> samples = Show();
        samples.Find("input[type=range]").Input("0");
        Assert.Equal(10, _view.Step);
        Refresh(samples);
        Assert.Equal("3 of 6 correct", samples.Find(".card-head .num").TextContent);
        Press(samples, "Changed");
        Assert.Empty(Questions(samples));
        Assert.Equal("Nothing has changed since the previous evaluation.", samples.Find(".none").TextContent);

        samples.Find("input[type=range]").Input("1");
        Assert.Null(_view.Step); // so that the page moves on with the run
    }

    [Fact]
    public void Answer_Changed_SaysWhatItWas_AndCutOnesAreMarked()
    {
        IRenderedComponent<RunSamples> samples = Show();
        Assert.Contains(samples.FindAll(".was"), was => was.TextContent == "was old 0");
        Assert.Contains("truncated", samples.FindAll(".sample")[2].TextContent, StringComparison.Ordinal);
        Assert.Single(samples.FindAll(".cut"));
        Assert.Equal(2, samples.FindAll(".is-wrong").Count);
    }

    [Fact]
    public void Samples_NoneYet_SayWhenTheyCome()
    {
        RunSummary run = Add("young", state: RunState.Running, spec: RunScript.Spec() with { EvalSteps = 250 });
        IRenderedComponent<RunSamples> samples = Render<RunSamples>(
            p => p.Add(s => s.Run, run).Add(s => s.Steps, []).Add(s => s.View, _view));
        Assert.Contains("after step 250", samples.Markup, StringComparison.Ordinal);
    }

    /// <summary>Six rows, twice: row 0 gets right, row 1 says another wrong thing, row 5 changes its rationale alone.</summary>
    private IRenderedComponent<RunSamples> Show()
    {
        RunSummary run = Add("run");
        Bench.History.Append(
            "run", RunScript.Numbered([RunScript.Started(run.Spec), Sampled(10, isLater: false), Sampled(20, isLater: true)]),
            new Bookmark(1, ""));
        return Render<RunSamples>(p => p
            .Add(s => s.Run, run)
            .Add(s => s.Steps, Bench.History.SampleSteps("run"))
            .Add(s => s.View, _view)
            .Add(s => s.ViewChanged, view => _view = view));
    }

    private static Sampled Sampled(int step, bool isLater) => new(step, [.. Enumerable.Range(0, 6).Select(row =>
    {
        bool isRight = row is 2 or 3 or 5 || (row == 0 && isLater);
        string label = row is 0 or 1 ? $"{(isLater ? "new" : "old")} {row}" : $"same {row}";
        string rationale = row == 5 && isLater ? "for another reason" : "because";
        return new Sample(row, $"question {row}", "truth", null, null, label, rationale, isRight, false, row == 2 && isLater);
    })]);

    private void Press(IRenderedComponent<RunSamples> samples, string filter)
    {
        samples.FindAll(".segments button").Single(b => b.TextContent.Trim().StartsWith(filter, StringComparison.Ordinal)).Click();
        Refresh(samples);
    }

    private void Refresh(IRenderedComponent<RunSamples> samples) => samples.Render(p => p.Add(s => s.View, _view));

    private static string[] Questions(IRenderedComponent<RunSamples> samples) =>
        [.. samples.FindAll(".sample").Select(s => System.Text.RegularExpressions.Regex.Match(s.TextContent, @"question \d").Value)];
}
