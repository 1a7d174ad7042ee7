using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Compare;

/// <summary>Why there are no samples: nothing says that something is to come which never will.</summary>
public sealed class MissingSamplesTests : StudioContext
{
    [Theory]
    [InlineData(RunState.Failed, "the run failed after step 7, before its first evaluation")]
    [InlineData(RunState.Cancelled, "the run was cancelled after step 7")]
    [InlineData(RunState.Running, "The first samples appear with the first evaluation, after step 250")]
    public void RunSamples_NoEvaluation_SaysWhetherOneIsToCome(RunState state, string said)
    {
        RunSummary run = Add("r", r => r with { Step = 7 }, state);
        Assert.Contains(
            said, Render<RunSamples>(p => p.Add(c => c.Run, run).Add(c => c.Steps, []).Add(c => c.View, new SampleView())).Markup,
            StringComparison.Ordinal);
    }

    [Fact]
    public void CompareSamples_OneFailedBefore_NamesIt()
    {
        FigureRun[] runs =
        [
            new(Add("a", r => r with { Step = 9 }, RunState.Running), "one", 0),
            new(Add("b", r => r with { Step = 7 }, RunState.Failed), "other", 1),
        ];
        Assert.Contains("other: There are no samples: the run failed", Compared(runs), StringComparison.Ordinal);
    }

    [Fact]
    public void CompareSamples_OneFailedBefore_ShowsThoseOfTheOthersBesideIt()
    {
        FigureRun[] runs =
        [
            new(Add("a", r => r, RunState.Finished), "one", 0),
            new(Add("b", r => r with { Step = 7 }, RunState.Failed), "other", 1),
            new(Add("c", r => r, RunState.Finished), "third", 2),
        ];
        foreach (string id in new[] { "a", "c" })
        {
            Sample[] samples = [new(3, "How many?", "4", null, null, $"answer of {id}", null, false, false, false)];
            RunEvent[] events = [RunScript.Started(runs[0].Run.Spec), new Sampled(10, samples)];
            Bench.History.Append(id, RunScript.Numbered(events), new Bookmark(1, ""));
        }

        string shown = Compared(runs);

        Assert.Contains("answer of a", shown, StringComparison.Ordinal);
        Assert.Contains("answer of c", shown, StringComparison.Ordinal);
        Assert.Contains("other: There are no samples: the run failed", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void CompareSamples_OtherDataset_NamesThem()
    {
        FigureRun[] runs =
        [
            new(Add("a", r => r, RunState.Running), "one", 0),
            new(Add("b", r => r with { Spec = r.Spec with { Dataset = "cqa" } }, RunState.Running), "other", 1),
        ];
        Assert.Contains("different datasets: one on demo; other on cqa", Compared(runs), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunPhase.ReadingData, "reading data")]
    [InlineData(RunPhase.Exporting, "exporting")]
    public void Tile_DuringAPhase_NamesIt(RunPhase phase, string said)
    {
        RunSummary run = Add("r", r => r with { Phase = phase }, RunState.Running);
        Assert.Equal(said, Render<RunTiles>(p => p.Add(c => c.Run, run)).Find(".tile-note").TextContent);
    }

    private string Compared(FigureRun[] runs) =>
        Render<CompareSamples>(p => p.Add(c => c.Runs, runs).Add(c => c.View, new SampleView())).Markup;
}
