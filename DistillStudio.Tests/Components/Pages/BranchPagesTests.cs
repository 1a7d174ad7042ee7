using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages;

/// <summary>Where branches show: lineage, checkpoints, comparison, curves.</summary>
public sealed class BranchPagesTests : StudioContext
{
    private static RunSpec Branch(string of, int step, double alpha = 0.5) =>
        BranchRules.Inherit(RunScript.Spec(), of, step) with { Alpha = alpha };

    [Fact]
    public void Lineage_OfABranchWithBranches_ShowsEachWithItsStepAndChange()
    {
        Add("parent");
        RunSummary run = Add("this", spec: Branch("parent", 400, 0.3));
        Add("later", spec: Branch("this", 900, 0.3));
        Add("sooner", spec: Branch("this", 600, 0.7), state: RunState.Queued);
        Add("sibling", spec: Branch("parent", 500));

        var lineage = RunLineage.Of(run, Bench.History.ListRuns());
        IRenderedComponent<RunLineageCard> card = Render<RunLineageCard>(parameters => parameters.Add(c => c.Lineage, lineage));

        Assert.Equal(["parent", "this", "sooner", "later"], card.FindAll("li").Select(li => li.QuerySelector("a, strong")!.TextContent));
        Assert.Contains("alpha 0.5 → 0.3", card.FindAll("li")[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("at step 600", card.FindAll("li")[2].TextContent, StringComparison.Ordinal);
        Assert.Equal(RunActions.CompareBranch(lineage.Ancestors[0], run), card.FindAll("li")[1].QuerySelector("a")!.GetAttribute("href"));
        Assert.Equal("compare?from=400&runs=parent,this&to=1000", RunActions.CompareBranch(lineage.Ancestors[0], run));
    }

    [Fact]
    public void Lineage_ParentGoneOrInACircle_StillShows()
    {
        RunSummary orphan = Add("orphan", spec: Branch("gone", 400));
        Add("a", spec: Branch("b", 400));
        RunSummary circular = Add("b", spec: Branch("a", 400));

        Assert.Equal("gone", RunLineage.Of(orphan, Bench.History.ListRuns()).Missing);
        Assert.Equal(["a"], RunLineage.Of(circular, Bench.History.ListRuns()).Ancestors.Select(run => run.Id));
        Assert.True(RunLineage.Of(Add("alone"), Bench.History.ListRuns()).IsAlone);
    }

    [Fact]
    public void Checkpoints_EachState_LeadsToTheForm()
    {
        using var folder = new TempFolder();
        folder.Write("spec.json", "{}");
        folder.Write("checkpoints/step-000400.safetensors", "x");
        folder.Write("checkpoints/best-000300/model.safetensors", "x");
        RunSummary run = Add("a run", found => found with { Folder = folder.Path });

        IRenderedComponent<RunCheckpoints> list = Render<RunCheckpoints>(parameters => parameters.Add(c => c.Run, run));

        Assert.Equal("launch?branch=a%20run&at=400", Assert.Single(list.FindAll("a")).GetAttribute("href"));
        Assert.Equal(2, list.FindAll("dt").Count);
    }

    [Fact]
    public void Compare_BranchAlone_OffersItsParentFromTheBranchPointOn()
    {
        Add("parent");
        RunSummary branch = Add("branch", spec: Branch("parent", 400, 0.3));

        IRenderedComponent<CompareBranches> notes =
            Render<CompareBranches>(parameters => parameters.Add(c => c.Runs, [new FigureRun(branch, "branch", 0)]));

        Assert.Contains("with alpha 0.5 → 0.3", notes.Find("p").TextContent, StringComparison.Ordinal);
        Assert.Equal(RunActions.CompareBranch(Bench.History.Find("parent")!, branch), notes.FindAll("a")[^1].GetAttribute("href"));
    }

    [Fact]
    public void Figure_OfBranchAndParent_MarksTheBranchPointOnce()
    {
        FigureRun parent = new(Add("parent"), "parent", 0);
        RunSummary branched = Add("branch", run => run with { BranchMark = new ResumeMark(400, 10) }, spec: Branch("parent", 400));
        RunSummary sibling = Add("sibling", run => run with { BranchMark = new ResumeMark(400, 10) }, spec: Branch("parent", 400));

        BuiltFigure figure = new FigureBuilder(Bench.History).Build(
            [parent, new(branched, "branch", 1), new(sibling, "sibling", 2)], [PanelPlan.Accuracy], new ChartView());

        Assert.Equal([new ChartMark(400, "branch point")], figure.Figure.Marks);
    }

    [Fact]
    public void Tiles_RunStoppedEarly_SaysSo()
    {
        RunSummary run = Add("early", found => found with { Step = 600, StoppedEarly = new StoppedEarly(600, 3, 300, 0.812) });

        IRenderedComponent<RunTiles> tiles = Render<RunTiles>(parameters => parameters.Add(c => c.Run, run));

        Assert.Contains("of 1,000 · stopped early", tiles.Markup, StringComparison.Ordinal);
        Assert.Equal(
            "Stopped early after step 600: 3 evaluations without better validation accuracy than 81.2 % at step 300.",
            run.StoppedEarly!.Text);
    }
}
