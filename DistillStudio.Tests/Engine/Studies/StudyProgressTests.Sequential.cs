using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public sealed partial class StudyProgressTests
{
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
        StudyDecision alone = Assert.Single(
            _home.Look(study with { Axes = [StudyHome.Pair().Axes[0], new(SettingsTable.Subsample, ["1"])] }).Decisions);

        Assert.Equal(DecisionKind.Decided, alone.Kind);
        Assert.Equal(0.95, alone.Level);
        Assert.All(result.Decisions, decision => Assert.Equal(0.975, decision.Level, 12));
        Assert.All(result.Decisions, decision => Assert.True(decision.Pairs > alone.Pairs || decision.Interval!.Low < alone.Interval!.Low));
        Assert.Contains("97.5 % interval", result.Decisions[0].FullText, StringComparison.Ordinal);
        Assert.Contains(
            "The study makes 2 comparisons, which share the 5 %: each interval has 97.5 %", Assert.Single(result.Remarks),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SequentialStudyOfDifferingComparisons_JudgesEachByItsOwnPairs()
    {
        Study study = StudyHome.Pair(2) with
        {
            Axes = [.. StudyHome.Pair().Axes, new(SettingsTable.Subsample, ["0.5", "1"])],
            IsSequential = true,
            MaxSeeds = 10,
        };
        double[] accuracies = [0.3, 0.5, 0.7, 0.5]; // standard on half and all of the data, then step-by-step
        foreach ((int seed, int cell) in from seed in (int[])[0, 1, 2] from cell in (int[])[0, 1, 2, 3] select (seed, cell))
        {
            _home.Finish(study, cell, seed, accuracies[cell] + (0.01 * seed * (cell / 2)));
        }

        IReadOnlyList<StudyDecision> decisions = _home.Look(study).Decisions;

        Assert.Equal([(2, 3), (3, 3)], decisions.Select(decision => (decision.Cell, decision.Pairs)));
        Assert.Equal(0.41, decisions[0].Difference!.Value, 9);
        Assert.Equal(0.01, decisions[1].Difference!.Value, 9);
    }

    /// <summary>Each method knows rows that the other does not: on other rows it may be the other way round.</summary>
    [Fact]
    public void Of_SequentialStudyOnFewRows_AllowsForTheDrawingOfTheRows()
    {
        Study study = StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 20 };
        for (int seed = 0; seed < 12; seed++)
        {
            int flipped = seed;
            _home.FinishOn(study, 0, seed, row => row is >= 30 and < 56 || row == flipped);
            _home.FinishOn(study, 1, seed, row => row < 34);
        }

        StudyDecision decision = Assert.Single(_home.Look(study).Decisions);
        StudyVerdict whole = Assert.Single(StudyResult.Of(_home.Look(StudyHome.Pair(12))).Verdicts);

        Assert.Equal(DecisionKind.OutOfReach, decision.Kind); // more seeds are no further rows
        Assert.Equal((34 - 27) / 60.0, decision.Difference!.Value, 9);
        Assert.False(Assert.Single(whole.Comparisons).IsDecided);
        Directory.EnumerateFiles(_home.Home.Runs, "test-answers.jsonl", SearchOption.AllDirectories).ToList().ForEach(File.Delete);
        var without = StudyProgress.Of(study, _home.Home, new RunCatalog(_home.Home, _ => false));
        Assert.Equal(DecisionKind.Decided, Assert.Single(without.Decisions).Kind); // without answers, the accuracies are all there is
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

        Assert.StartsWith(
            "The methods: all 6 runs of Standard and Step-by-step collapsed", Assert.Single(verdict.Sentences), StringComparison.Ordinal);
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
}
