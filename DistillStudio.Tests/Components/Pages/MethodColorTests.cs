using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages;

/// <summary>A method has one colour wherever it is shown.</summary>
public sealed class MethodColorTests : StudioContext
{
    [Fact]
    public void Groups_OfOneMethod_HaveItsColourAndMixedOnesNone()
    {
        RunSummary standard = Add("a", spec: RunDefaults.DemoStandard), stepByStep = Add("b", spec: RunDefaults.Demo);

        IRenderedComponent<RunGroups> groups = Render<RunGroups>(p => p
            .Add(g => g.Groups,
            [
                new("s", "standard runs", null, [standard], 0, null),
                new("m", "mixed runs", null, [standard, stepByStep], 0, null),
                new("t", "other runs", null, [stepByStep], 0, null),
            ])
            .Add(g => g.Title, "Dataset").Add(g => g.Selected, []).Add(g => g.Open, []));

        IElement[] titles = [.. groups.FindAll(".open")];
        Assert.Equal([Color(MethodNames.Standard), null, Color(MethodNames.TaskPrefix)], titles.Select(ColorIn));
        Assert.NotEqual(Color(MethodNames.Standard), Color(MethodNames.TaskPrefix));
    }

    [Fact]
    public void StudyCells_OfTwoMethods_HaveTheirColours()
    {
        using var home = new StudyHome();
        Study study = StudyHome.Pair(seeds: 1);
        home.Finish(study, 0, 0, 0.5);
        StudyProgress progress = home.Look(study);

        IRenderedComponent<StudyCells> cells = Render<StudyCells>(
            p => p.Add(c => c.Result, StudyResult.Of(progress)).Add(c => c.Grid, progress.Grid));

        Assert.Equal(
            [Color(MethodNames.Standard), Color(MethodNames.TaskPrefix)], cells.FindAll("tbody th").Select(ColorIn));
        Assert.Equal("1 of 1", cells.Find("tbody td").TextContent.Trim());
    }

    [Fact]
    public void Filters_ChosenMethod_HasItsColour()
    {
        RunSummary[] runs = [Add("a", spec: RunDefaults.DemoStandard)];
        Render<MudBlazor.MudPopoverProvider>();

        IRenderedComponent<RunFilters> filters = Render<RunFilters>(
            p => p.Add(f => f.Runs, runs).Add(f => f.View, new RunsView { Method = MethodNames.TaskPrefix }));

        Assert.Equal(Color(MethodNames.TaskPrefix), ColorIn(filters.Find(".of-method")));
        Assert.Equal("is-chosen", filters.Find(".of-method").ClassList[^1]);
    }

    private static string Color(string method) => $"background:{SeriesPalette.Css(MethodColors.Slot(method))}";

    private static string? ColorIn(IElement place) => place.QuerySelector(".swatch")?.GetAttribute("style");
}
