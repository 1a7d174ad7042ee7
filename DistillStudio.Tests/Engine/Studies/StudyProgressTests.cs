using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public sealed class StudyProgressTests : IDisposable
{
    private readonly StudyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Of_RunsOfEveryStage_TellsWhereEachStands()
    {
        Study study = StudyHome.Pair();
        _home.Finish(study, 0, 0, 0.5);
        _home.Add(_home.SpecOf(study, 1, 0), spec => [RunScript.Started(spec), new Failed(3, "It broke.", null, null)]);
        _home.Add(_home.SpecOf(study, 0, 1), spec => [RunScript.Started(spec), RunScript.Step(4, spec)]);
        _home.Add(_home.SpecOf(study, 1, 1), _ => []);
        RunFolder held = _home.Add(_home.SpecOf(study, 0, 2), spec => [RunScript.Started(spec)]);
        using IDisposable taken = RunLock.Take(held.Path);

        StudyProgress progress = _home.Look(study);

        Assert.Equal(
            [StudyRunState.Finished, StudyRunState.Failed, StudyRunState.Interrupted, StudyRunState.Waiting, StudyRunState.Active, StudyRunState.Missing],
            progress.Runs.Select(run => run.State));
        Assert.Equal("It broke.", progress.Runs[1].Facts!.Failure);
        Assert.False(progress.IsDone);
    }

    [Fact]
    public void Of_RunMadeElsewhereWithTheSameSettings_IsReusedAndADeletedOneIsNot()
    {
        Study study = StudyHome.Pair(1);
        RunSpec spec = _home.SpecOf(study, 0, 0);
        RunFolder first = _home.Add(spec with { Name = "mine", Threads = 7, Teacher = "gpt" }, s => [RunScript.Started(s), StudyHome.Finished(0.4, 100)]);
        Assert.Equal(first.Id, _home.Look(study).Runs[0].Facts!.Id);

        _home.Hidden.Add(first.Path);
        Assert.Equal(StudyRunState.Missing, _home.Look(study).Runs[0].State);
    }

    [Fact]
    public void Of_RunOfADatasetThatWasChangedUnderItsName_IsNotReused()
    {
        Study study = StudyHome.Pair(1) with { Base = RunDefaults.For("svamp") with { FromPretrained = "demo", Init = ModelInit.Random, MaxSteps = 20, EvalSteps = 10 } };
        PutSvamp("( 3.0 + 4.0 )");
        RunFolder run = _home.Add(_home.SpecOf(study, 0, 0), spec => [StartedOnPresentData(spec), StudyHome.Finished(0.4, 100)]);
        StudyProgress before = _home.Look(study);
        Assert.Equal(run.Id, before.Runs[0].Facts!.Id);
        Assert.Empty(before.OfOtherInputs);

        PutSvamp("( 3.0 - 4.0 )");
        StudyProgress after = _home.Look(study);
        Assert.Equal(StudyRunState.Missing, after.Runs[0].State);
        Assert.Equal(run.Id, Assert.Single(after.OfOtherInputs).Id);

        PutSvamp("( 3.0 + 4.0 )");
        Assert.Equal(StudyRunState.Finished, _home.Look(study).Runs[0].State);
    }

    [Fact]
    public void Of_RunOfAnotherModelUnderTheSameName_IsNotReused()
    {
        Study study = StudyHome.Pair(1);
        _home.Add(_home.SpecOf(study, 0, 0), spec => [RunScript.Started(spec) with { Fingerprints = new(Config: "another shape", Tokenizer: "another", Weights: "random") }, StudyHome.Finished(0.4, 100)]);

        Assert.Equal(StudyRunState.Missing, _home.Look(study).Runs[0].State);
    }

    [Fact]
    public void Of_RunWhoseDataIsGone_IsStillUsed()
    {
        Study study = StudyHome.Pair(1) with { Base = RunDefaults.For("svamp") with { FromPretrained = "demo", Init = ModelInit.Random, MaxSteps = 20, EvalSteps = 10 } };
        PutSvamp("( 3.0 + 4.0 )");
        _home.Add(_home.SpecOf(study, 0, 0), spec => [StartedOnPresentData(spec), StudyHome.Finished(0.4, 100)]);
        Directory.Delete(_home.Home.Datasets, recursive: true);

        Assert.Equal(StudyRunState.Finished, _home.Look(study).Runs[0].State);
    }

    private Started StartedOnPresentData(RunSpec spec) =>
        RunScript.Started(spec) with { Fingerprints = new(Dataset: DatasetDigests.OfFiles(DatasetReader.Load(spec.Dataset, _home.Home.Datasets))) };

    private void PutSvamp(string equation)
    {
        string row = $$"""[{"input": "Ada has 3 apples. And 4 more?", "label": "{{equation}}"}]""";
        foreach (string split in new[] { "train", "test" })
        {
            _home.Write($"datasets/svamp/svamp_{split}.json", row);
        }
    }

    [Fact]
    public void Of_SeveralRunsOfTheSameSettings_TakesTheFirstFinishedAndNotTheBest()
    {
        Study study = StudyHome.Pair(1);
        RunFolder[] folders = [_home.Finish(study, 0, 0, 0.5), _home.Finish(study, 0, 0, 0.9), _home.Finish(study, 0, 0, 0.7)];

        Assert.Equal(folders.Min(folder => folder.Id), _home.Look(study).Runs[0].Facts!.Id);
    }

    [Fact]
    public void Of_RunThatEndsBetweenTwoLooks_IsReadAgain()
    {
        Study study = StudyHome.Pair(1);
        RunFolder folder = _home.Add(_home.SpecOf(study, 0, 0), spec => [RunScript.Started(spec)]);
        Assert.Equal(StudyRunState.Interrupted, _home.Look(study).Runs[0].State);

        using (var recorder = new RunRecorder(folder.EventsPath, [], TimeProvider.System))
        {
            recorder.Record(StudyHome.Finished(0.5, 100));
        }

        Assert.Equal(StudyRunState.Finished, _home.Look(study).Runs[0].State);
    }

    [Fact]
    public void Of_SequentialStudyWithAClearDifference_DropsTheRunsThatAreLeft()
    {
        Study study = StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 10 };
        double[] noise = [0, 0.01, -0.01, 0.005, -0.005, 0.002];
        for (int seed = 0; seed < noise.Length; seed++)
        {
            _home.Finish(study, 0, seed, 0.5);
            _home.Finish(study, 1, seed, 0.8 + noise[seed]);
        }

        StudyProgress progress = _home.Look(study);
        StudyDecision decision = Assert.Single(progress.Decisions);

        Assert.Equal(DecisionKind.Decided, decision.Kind);
        Assert.InRange(decision.Pairs, 3, noise.Length);
        Assert.Equal($"decided after {decision.Pairs} of 10 pairs", decision.Text);
        Assert.InRange(decision.Interval!.Low, 0.2, 0.3);
        Assert.True(progress.IsDone);
        Assert.Equal(20 - (2 * noise.Length), progress.Count(StudyRunState.Dropped));
        Assert.Equal(10, progress.Runs.Count / 2);
    }

    [Fact]
    public void Of_SequentialStudyWithoutADifference_StopsWhereItIsOutOfReach()
    {
        Study study = StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 6 };
        double[] noise = [0.1, -0.12, 0.02, -0.08, 0.09];
        for (int seed = 0; seed < noise.Length; seed++)
        {
            _home.Finish(study, 0, seed, 0.5);
            _home.Finish(study, 1, seed, 0.5 + noise[seed]);
        }

        StudyProgress progress = _home.Look(study);

        Assert.Equal(DecisionKind.OutOfReach, Assert.Single(progress.Decisions).Kind);
        Assert.True(progress.IsDone);
    }

    [Fact]
    public void Of_SequentialStudyOfSeveralComparisons_SharesTheErrorAndSaysSo()
    {
        Study study = StudyHome.Pair(2) with
        {
            Axes = [.. StudyHome.Pair().Axes, new(SettingsTable.Subsample, ["0.5", "1"])],
            IsSequential = true,
            MaxSeeds = 10,
        };
        double[] noise = [0, 0.04, -0.04, 0.03, -0.03, 0.02];
        for (int seed = 0; seed < noise.Length; seed++)
        {
            for (int cell = 0; cell < 4; cell++)
            {
                _home.Finish(study, cell, seed, cell < 2 ? 0.5 : 0.6 + noise[seed]);
            }
        }

        StudyResult result = StudyResult.Of(_home.Look(study));
        StudyDecision alone = Assert.Single(_home.Look(study with { Axes = [StudyHome.Pair().Axes[0], new(SettingsTable.Subsample, ["1"])] }).Decisions);

        Assert.Equal(DecisionKind.Decided, alone.Kind);
        Assert.Equal(0.95, alone.Level);
        Assert.All(result.Decisions, decision => Assert.Equal(0.975, decision.Level, 12));
        Assert.All(result.Decisions, decision => Assert.True(decision.Pairs > alone.Pairs || decision.Interval!.Low < alone.Interval!.Low));
        Assert.Contains("97.5 % interval", result.Decisions[0].FullText, StringComparison.Ordinal);
        Assert.Contains("The study makes 2 comparisons, which share the 5 %: each interval has 97.5 %", Assert.Single(result.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SequentialStudyWhoseRunsCollapse_EndsAndClaimsNothing()
    {
        Study study = StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 10 };
        study = study with { Comparison = study.Comparison! with { Margin = 0.2 } };
        for (int seed = 0; seed < 4; seed++)
        {
            Assert.Equal(DecisionKind.Open, Assert.Single(_home.Look(study).Decisions).Kind);
            _home.Finish(study, 0, seed, 0);
            _home.Finish(study, 1, seed, 0);
        }

        StudyProgress progress = _home.Look(study);

        Assert.Equal(DecisionKind.Collapsed, Assert.Single(progress.Decisions).Kind);
        Assert.Equal("ended after 4 of 10 pairs, for all runs collapsed, which tells nothing about either", progress.Decisions[0].FullText);
        Assert.True(progress.IsDone);
    }

    [Fact]
    public void Of_SequentialStudyWithCollapsedRuns_StandsWithAndWithoutThem()
    {
        Study study = StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 20 };
        for (int seed = 0; seed < 10; seed++)
        {
            _home.Finish(study, 0, seed, seed % 3 == 0 ? 0 : 0.5 + (0.01 * (seed % 2)));
            _home.Finish(study, 1, seed, 0.6);
        }

        StudyDecision decision = Assert.Single(_home.Look(study).Decisions);

        Assert.Equal((0, 4), (decision.CollapsedOfCell, decision.CollapsedOfBaseline));
        Assert.Equal(0.095, decision.WithoutCollapsed!.Difference, 9);
        Assert.Contains("in the 6 pairs without a collapsed run +9.5 points (interval +", decision.FullText, StringComparison.Ordinal);
    }

    [Fact]
    public void Result_OfCollapsedRuns_IsNoVerdictThatOneIsAsGoodAsTheOther()
    {
        Study study = StudyHome.Pair(3);
        for (int seed = 0; seed < 3; seed++)
        {
            _home.Finish(study, 0, seed, 0);
            _home.Finish(study, 1, seed, 0);
        }

        StudyVerdict verdict = Assert.Single(StudyResult.Of(_home.Look(study)).Verdicts);

        Assert.StartsWith("The methods: all 6 runs of Standard and Step-by-step collapsed", Assert.Single(verdict.Sentences), StringComparison.Ordinal);
        Assert.Contains(verdict.Evidence, line => line.StartsWith("6 runs collapsed", StringComparison.Ordinal));
        Assert.False(Assert.Single(verdict.Comparisons).IsEquivalent);
    }

    [Fact]
    public void Of_SequentialStudyWithAPairMissing_LooksNoFurtherThanIt()
    {
        Study study = StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 10 };
        foreach (int seed in new[] { 0, 2, 3, 4, 5, 6, 7 })
        {
            _home.Finish(study, 0, seed, 0.5);
            _home.Finish(study, 1, seed, 0.8 + (0.001 * seed));
        }

        Assert.Equal((DecisionKind.Open, 1), (Assert.Single(_home.Look(study).Decisions).Kind, _home.Look(study).Decisions[0].Pairs));

        _home.Add(_home.SpecOf(study, 1, 1), spec => [RunScript.Started(spec), new Failed(3, "It broke.", null, null)]);
        Assert.Equal(DecisionKind.Decided, Assert.Single(_home.Look(study).Decisions).Kind);
    }

    [Fact]
    public void Result_OfFinishedRuns_HasMeanIntervalBandAndSeries()
    {
        Study study = StudyHome.Pair(3) with { Axes = [.. StudyHome.Pair().Axes, new(SettingsTable.Subsample, ["0.5", "1"])] };
        double[] accuracies = [0.5, 0.6, 0.7];
        for (int seed = 0; seed < 3; seed++)
        {
            _home.Finish(study, 1, seed, accuracies[seed]);
        }

        _home.Finish(study, 3, 0, 0.9);
        var result = StudyResult.Of(_home.Look(study));

        CellResult cell = result.Cells[1];
        Assert.Equal(0.6, cell.Accuracy!.Mean, 12);
        Assert.Equal(0.1, cell.Accuracy.StandardDeviation!.Value, 12);
        Assert.Equal(0.6 - (4.30265273 * 0.1 / Math.Sqrt(3)), cell.Accuracy.Interval!.Low, 6); // t of 2 degrees of freedom
        Assert.Equal([10, 20], cell.Valid.Select(point => point.Step));
        Assert.Equal(0.5, cell.Valid[0].Accuracy.Mean, 12);
        Assert.Equal(30 * 10, cell.Cost!.Tokens);
        Assert.Null(result.Cells[0].Accuracy);
        Assert.Null(result.Cells[3].Accuracy!.Interval);
        Assert.Equal([null, null, 0, 1], result.Cells.Select(other => other.Baseline));
        StudySeries series = Assert.Single(result.Series);
        Assert.Equal("subsample", series.Setting);
        Assert.Equal(["Standard", "Step-by-step"], series.Lines.Select(line => line.Title));
        Assert.Equal([0.5, 1], series.Lines[0].Points.Select(point => point.X!.Value));
        Assert.Equal(0.9, series.Lines[1].Points[1].Accuracy!.Mean);
    }

    [Fact]
    public void Result_OfAStudyThatIsOver_HasVerdictsCorrectedForAllItsComparisons()
    {
        Study study = StudyHome.Pair(3) with { Axes = [.. StudyHome.Pair().Axes, new(SettingsTable.Subsample, ["0.5", "1"])] };
        for (int seed = 0; seed < 3; seed++)
        {
            _home.Finish(study, 0, seed, 0.5);
            _home.Finish(study, 2, seed, 0.8 + (0.01 * seed));
            _home.Finish(study, 1, seed, 0.5);
            Assert.DoesNotContain(StudyResult.Of(_home.Look(study)).Verdicts, verdict => verdict.Baseline == 1);
            _home.Finish(study, 3, seed, 0.5 + (0.1 * (seed - 1)));
        }

        IReadOnlyList<StudyVerdict> verdicts = StudyResult.Of(_home.Look(study)).Verdicts;

        Assert.Equal([0, 1], verdicts.Select(verdict => verdict.Baseline));
        Assert.Equal(["50.0 % of the data", "100.0 % of the data"], verdicts.Select(verdict => verdict.Title));
        CellComparison clear = Assert.Single(verdicts[0].Comparisons);
        Assert.Equal((2, 3), (clear.Cell, clear.Seeds));
        Assert.Equal(0.31, clear.Difference, 9);
        Assert.True(clear.IsDecided);
        Assert.True(clear.Level > 0.95);
        Assert.False(Assert.Single(verdicts[1].Comparisons).IsDecided);
        Assert.Contains("better", Assert.Single(verdicts[0].Sentences), StringComparison.Ordinal);
        Assert.Empty(StudyResult.Of(_home.Look(study with { IsSequential = true, MaxSeeds = 3 })).Verdicts);
    }

    [Fact]
    public void Estimate_WithAnEarlierRun_TellsTimeAndDiskOfTheOpenRuns()
    {
        Study study = StudyHome.Pair(2);
        StudyEstimate before = StudyEstimate.Of(_home.Look(study), _home.Home, _home.Catalog);
        Assert.Equal((4, 0, 4), (before.Runs, before.Reused, before.Open));
        Assert.Null(before.Seconds);
        Assert.True(before.Bytes > 1_000_000);

        _home.Finish(study, 0, 0, 0.5);
        StudyEstimate after = StudyEstimate.Of(_home.Look(study), _home.Home, _home.Catalog);

        Assert.Equal((4, 1, 3), (after.Runs, after.Reused, after.Open));
        Assert.Equal(36, after.Seconds!.Value, 9);
        Assert.Equal(before.Bytes * 3 / 4, after.Bytes);
    }

    [Fact]
    public void Series_OfASettingWithoutEffectOnAMethod_HasALevelLineForIt()
    {
        StudySeries series = Assert.Single(StudyResult.Of(_home.Look(StudyHome.Alphas())).Series);

        Assert.Equal([MethodNames.Standard, MethodNames.TaskPrefix], series.Lines.Select(line => line.Method));
        Assert.Equal([null], series.Lines[0].Points.Select(point => point.X));
        Assert.Equal([0.3, 0.7], series.Lines[1].Points.Select(point => point.X!.Value));
    }
}
