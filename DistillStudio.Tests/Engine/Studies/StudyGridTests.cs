using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public class StudyGridTests
{
    private static readonly StudioHome Home = new("/nowhere");

    [Fact]
    public void Cells_SettingWithoutEffectOnAMethod_DoesNotMultiplyThem()
    {
        var grid = StudyGrid.Of(StudyHome.Alphas(), Home);

        Assert.Equal(["Standard", "Step-by-step, alpha 0.3", "Step-by-step, alpha 0.7"], grid.Cells.Select(cell => cell.Title));
        Assert.Null(grid.Cells[0].Values[1]);
    }

    [Fact]
    public void Runs_OfAStudy_AreAllCellsOfASeedBeforeTheNext()
    {
        var grid = StudyGrid.Of(StudyHome.Alphas(), Home);

        Assert.Equal([(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)], grid.Runs.Select(run => (run.Cell.Index, run.Seed)));
        Assert.All(grid.Runs, run => Assert.Empty(RunSpecRules.Check(run.Spec)));
        Assert.Equal("pair: Step-by-step, alpha 0.3, seed 1", grid.Runs[4].Spec.Name);
    }

    [Fact]
    public void BaselineOf_CellWithFurtherValues_DiffersInTheBaselinesValuesOnly()
    {
        Study study = StudyHome.Alphas() with { Axes = [.. StudyHome.Alphas().Axes, new(SettingsTable.Subsample, ["0.5", "1"])] };
        var grid = StudyGrid.Of(study, Home);

        Assert.Equal(6, grid.Cells.Count);
        Assert.All(grid.Cells, cell =>
        {
            StudyCell? baseline = grid.BaselineOf(cell);
            Assert.Equal(cell.Spec.Method == MethodNames.Standard, baseline is null);
            Assert.True(
                baseline is null || (baseline.Spec.Method == MethodNames.Standard && baseline.Spec.Subsample == cell.Spec.Subsample));
        });
    }

    [Fact]
    public void Cells_BaseWithoutTeacher_GetTheDatasetsWhereTheyNeedOne()
    {
        Study study = StudyHome.Pair() with { Base = RunDefaults.DemoStandard with { Teacher = null } };

        Assert.Equal([null, RunDefaults.Demo.Teacher], StudyGrid.Of(study, Home).Cells.Select(cell => cell.Spec.Teacher));
    }

    [Fact]
    public void Presets_OnTheDemo_AreValidAndCompareEveryCellButTheBaseline()
    {
        Assert.All(StudyPreset.All, preset =>
        {
            var grid = StudyGrid.Of(preset.Create(null, RunDefaults.Demo), Home);
            Assert.Equal(
                grid.Cells.Where(cell => cell.Spec.Method != MethodNames.Standard),
                grid.Cells.Where(cell => grid.BaselineOf(cell) is not null));
        });
        Assert.Equal(
            [2, 10, 6, 6, 6], StudyPreset.All.Select(preset => StudyGrid.Of(preset.Create(null, RunDefaults.Demo), Home).Cells.Count));
    }

    [Fact]
    public void Of_TooManyRuns_IsRefusedBeforeTheyAreMade()
    {
        string[] many = [.. Enumerable.Range(1, 900).Select(i => $"{i}")];
        Study study = StudyHome.Pair() with
        {
            Axes = [
                .. StudyHome.Pair().Axes, new(SettingsTable.MaxSteps, many), new(SettingsTable.BatchSize, many),
                new(SettingsTable.GradSteps, many),
            ],
        };

        Assert.Contains(
            "runs, more than the 5,000", Assert.Single(Assert.Throws<InputException>(() => StudyGrid.Of(study, Home)).Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Key_OfRuns_IgnoresNameThreadsAndWhatHasNoEffect()
    {
        RunSpec spec = RunDefaults.DemoStandard;

        Assert.Equal(
            RunKey.Of(spec, Home),
            RunKey.Of(spec with { Name = "x", Threads = 3, SaveSteps = 7, Alpha = 0.1, Teacher = "gpt", DataDir = "/elsewhere" }, Home));
        Assert.NotEqual(RunKey.Of(spec, Home), RunKey.Of(spec with { Seed = 1 }, Home));
        Assert.NotEqual(RunKey.Of(spec, Home), RunKey.Of(spec with { Bf16 = true }, Home));
        Assert.Equal(
            RunKey.Of(spec with { Dataset = "cqa" }, Home), RunKey.Of(spec with { Dataset = "cqa", DataDir = "/nowhere/datasets/" }, Home));
        Assert.NotEqual(
            RunKey.Of(spec with { Dataset = "cqa" }, Home), RunKey.Of(spec with { Dataset = "cqa", DataDir = "/elsewhere" }, Home));
    }
}
