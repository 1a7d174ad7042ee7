using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public sealed partial class StudyProgressTests : IDisposable
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
            [
                StudyRunState.Finished, StudyRunState.Failed, StudyRunState.Interrupted, StudyRunState.Waiting, StudyRunState.Active,
                StudyRunState.Missing,
            ],
            progress.Runs.Select(run => run.State));
        Assert.Equal("It broke.", progress.Runs[1].Facts!.Failure);
        Assert.False(progress.IsDone);
    }

    [Fact]
    public void Result_RunWithLinesThatHoldNoEvent_RemarksWhich()
    {
        Study study = StudyHome.Pair(1);
        _home.Finish(study, 0, 0, 0.5);
        File.AppendAllText(_home.Finish(study, 1, 0, 0.6).EventsPath, "?\n");

        var result = StudyResult.Of(_home.Look(study));

        Assert.Contains($"{result.Cells[1].Title}, seed 0 has 1 line", Assert.Single(result.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_RunMadeElsewhereWithTheSameSettings_IsReusedAndADeletedOneIsNot()
    {
        Study study = StudyHome.Pair(1);
        RunSpec spec = _home.SpecOf(study, 0, 0);
        RunFolder first = _home.Add(
            spec with { Name = "mine", Threads = 7, Teacher = "gpt" }, s => [RunScript.Started(s), StudyHome.Finished(0.4, 100)]);
        Assert.Equal(first.Id, _home.Look(study).Runs[0].Facts!.Id);

        _home.Hidden.Add(first.Path);
        Assert.Equal(StudyRunState.Missing, _home.Look(study).Runs[0].State);
    }

    [Fact]
    public void Of_RunOfADatasetThatWasChangedUnderItsName_IsNotReused()
    {
        Study study = StudyHome.Pair(1) with
        {
            Base = RunDefaults.For("svamp") with { FromPretrained = "demo", Init = ModelInit.Random, MaxSteps = 20, EvalSteps = 10 },
        };
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
        _home.Add(_home.SpecOf(study, 0, 0), spec =>
            [
                RunScript.Started(spec) with { Fingerprints = new(Config: "another shape", Tokenizer: "another", Weights: "random") },
                StudyHome.Finished(0.4, 100),
            ]);

        Assert.Equal(StudyRunState.Missing, _home.Look(study).Runs[0].State);
    }

    [Fact]
    public void Of_RunWhoseDataIsGone_IsStillUsed()
    {
        Study study = StudyHome.Pair(1) with
        {
            Base = RunDefaults.For("svamp") with { FromPretrained = "demo", Init = ModelInit.Random, MaxSteps = 20, EvalSteps = 10 },
        };
        PutSvamp("( 3.0 + 4.0 )");
        _home.Add(_home.SpecOf(study, 0, 0), spec => [StartedOnPresentData(spec), StudyHome.Finished(0.4, 100)]);
        Directory.Delete(_home.Home.Datasets, recursive: true);

        Assert.Equal(StudyRunState.Finished, _home.Look(study).Runs[0].State);
    }

    private Started StartedOnPresentData(RunSpec spec) =>
        RunScript.Started(spec) with
        {
            Fingerprints = new(Dataset: DatasetDigests.OfFiles(DatasetReader.Load(spec.Dataset, _home.Home.Datasets))),
        };

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
        Assert.Equal(["50 % of the data", "100 % of the data"], verdicts.Select(verdict => verdict.Title));
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
