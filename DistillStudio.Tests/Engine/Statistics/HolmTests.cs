using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class HolmTests
{
    [Fact]
    public void Adjust_TextbookExample_StepsDown()
    {
        IReadOnlyList<AdjustedComparison> adjusted = Holm.Adjust([0.01, 0.04, 0.03, 0.005]);
        Assert.Equal([0.03, 0.06, 0.06, 0.02], adjusted.Select(a => Math.Round(a.PValue, 12)));
        Assert.Equal([true, false, false, true], adjusted.Select(a => a.IsDecided));
    }

    [Fact]
    public void Adjust_OneOrNone_ChangesNothing()
    {
        Assert.Equal(new AdjustedComparison(0.04, 0.95, true), Holm.Adjust([0.04])[0] with { Level = 0.95 });
        Assert.Equal(0.95, Holm.Adjust([0.04])[0].Level, 12);
        Assert.Empty(Holm.Adjust(Array.Empty<double>()));
    }

    [Fact]
    public void Adjust_NoProbability_IsRefused() => Assert.Throws<ArgumentException>(() => Holm.Adjust([0.1, double.NaN]));

    [Fact]
    public void Level_AllComparisons_GivesAnIntervalThatAgreesWithTheDecision()
    {
        var runs = new SimulatedRuns(4, 60, 0.2, 0.4);
        for (int draw = 0; draw < 200; draw++)
        {
            bool[][][] study = runs.Study(5, 4, 0.5);
            Comparison[] comparisons = [.. study.Skip(1).Select(other => SimulatedRuns.Compare(study[0], other))];
            foreach ((Comparison comparison, AdjustedComparison adjusted) in comparisons.Zip(Holm.Adjust(comparisons)))
            {
                Assert.NotEqual(adjusted.IsDecided, comparison.IntervalAt(adjusted.Level).Contains(0));
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void Adjust_BestOfNineEqualMethods_RaisesFewFalseAlarms(int seeds)
    {
        var runs = new SimulatedRuns(5, 60, 0.3, 0.5);
        int single = 0;
        int alarms = 0;
        int covered = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            bool[][][] study = runs.Study(10, seeds);
            SeedComparison[] comparisons = [.. study.Skip(1).Select(other => SimulatedRuns.Compare(study[0], other))];
            IReadOnlyList<AdjustedComparison> adjusted = Holm.Adjust(comparisons);
            int best = Enumerable.Range(0, comparisons.Length).MaxBy(i => comparisons[i].Difference);
            single += comparisons.Any(c => c.IsDecided) ? 1 : 0;
            alarms += adjusted.Any(a => a.IsDecided) ? 1 : 0;
            covered += comparisons[best].IntervalAt(adjusted[best].Level).Contains(0) ? 1 : 0;
        }

        Assert.True(single > SimulatedRuns.MostFalseAlarms, $"{single}: without correction there are too many");
        Assert.InRange(alarms, 0, SimulatedRuns.MostFalseAlarms);
        Assert.InRange(covered, SimulatedRuns.Draws - SimulatedRuns.MostFalseAlarms, SimulatedRuns.Draws);
    }

    [Fact]
    public void Adjust_BestOfNineEqualModelsOnRows_RaisesFewFalseAlarms()
    {
        var runs = new SimulatedRuns(6, 250, 0, 0.5);
        int alarms = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            bool[][][] study = runs.Study(10, 1);
            RowComparison[] comparisons = [.. study.Skip(1).Select(other => RowComparison.Of(study[0][0], other[0]))];
            alarms += Holm.Adjust(comparisons).Any(a => a.IsDecided) ? 1 : 0;
        }

        Assert.InRange(alarms, 0, SimulatedRuns.MostFalseAlarms);
    }
}
