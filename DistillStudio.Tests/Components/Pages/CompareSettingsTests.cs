using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Components.Pages;

public sealed class CompareSettingsTests : StudioContext
{
    [Fact]
    public void Table_Pair_HoldsTheMethodAndWhatFollowsFromIt()
    {
        RunSpec spec = RunScript.Spec();
        Dictionary<string, string[]> rows = Rows(spec with { ModelType = RecipeNames.Standard }, spec);
        Assert.Equal(["Standard", "Step-by-step"], rows["Method"]);
        Assert.Equal(["–", "0.5"], rows["Alpha"]); // one loss: nothing to weigh
        Assert.Equal(["–", "palm"], rows["Teacher"]);
        Assert.DoesNotContain("Seed", rows.Keys);
        Assert.DoesNotContain("Steps", rows.Keys);
    }

    [Fact]
    public void Table_Grid_HoldsEachSettingThatDiffersAndNoOther()
    {
        RunSpec spec = RunScript.Spec();
        Dictionary<string, string[]> rows = Rows(spec, spec with { Alpha = 0.1, Run = 3 }, spec with { Alpha = 0.9, Lr = 1e-3, Name = "named" });
        Assert.Equal(["Alpha", "Learning rate", "Seed"], rows.Keys.Order());
        Assert.Equal(["0.5", "0.1", "0.9"], rows["Alpha"]);
        Assert.Equal(["0", "3", "0"], rows["Seed"]);
    }

    [Fact]
    public void Table_SameSettings_SaysSo()
    {
        RunSpec spec = RunScript.Spec();
        IRenderedComponent<CompareSettings> settings = Show(spec, spec);
        Assert.Empty(settings.FindAll("table"));
        Assert.Contains("None: these runs have the same settings.", settings.Markup, StringComparison.Ordinal);
    }

    private Dictionary<string, string[]> Rows(params RunSpec[] specs) =>
        Show(specs).FindAll("tbody tr").ToDictionary(r => r.QuerySelector("th")!.TextContent, r => r.QuerySelectorAll("td").Select(d => d.TextContent).ToArray());

    private IRenderedComponent<CompareSettings> Show(params RunSpec[] specs) =>
        Render<CompareSettings>(p => p.Add(c => c.Runs, [.. specs.Select((s, i) => new FigureRun(Add($"run-{i}", spec: s), $"run {i}", i))]));
}
