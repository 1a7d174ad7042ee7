using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class SignificanceTests
{
    // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void OfProportion_PublishedExample_GivesItsLimits(int correct, int rows, double low, double high)
    {
        ConfidenceInterval interval = ConfidenceInterval.OfProportion(correct, rows);
        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    [Theory]
    [InlineData(1, 9, 22.0 / 1024)] // 2 · (1 + 10) / 2^10
    [InlineData(9, 1, 22.0 / 1024)]
    [InlineData(0, 6, 2.0 / 64)]
    [InlineData(5, 5, 1.0)]
    [InlineData(0, 0, 1.0)]
    public void PValue_FewDiscordantRows_IsTheBinomialTail(int onlyFirst, int onlySecond, double expected) =>
        Assert.Equal(expected, new PairedComparison(50, onlyFirst, onlySecond, 20).PValue(), 10);

    [Fact]
    public void PValue_ManyRows_StaysFinite() =>
        Assert.InRange(new PairedComparison(100_000, 40_000, 41_000, 100_000).PValue(), 1e-6, 1e-3);

    [Fact]
    public void DifferenceInterval_SidesExchanged_IsMirrored()
    {
        ConfidenceInterval one = new PairedComparison(60, 10, 25, 5).DifferenceInterval();
        ConfidenceInterval other = new PairedComparison(60, 25, 10, 5).DifferenceInterval();
        Assert.Equal(one.Low, -other.High, 12);
        Assert.Equal(one.High, -other.Low, 12);
    }

    [Fact]
    public void DifferenceInterval_ThousandDraws_HoldsTheTruthInAbout95OfHundred()
    {
        // The second is right on 70 % of rows, the first on 60 %, and they are right together more often than by chance.
        var random = new SeededRandom(1);
        int held = 0;
        for (int draw = 0; draw < 1000; draw++)
        {
            int[] counts = new int[4];
            for (int row = 0; row < 200; row++)
            {
                double u = random.NextDouble();
                counts[u < 0.5 ? 0 : u < 0.6 ? 1 : u < 0.8 ? 2 : 3]++;
            }

            held += new PairedComparison(counts[0], counts[1], counts[2], counts[3]).DifferenceInterval().Contains(0.1) ? 1 : 0;
        }

        Assert.InRange(held, 930, 975);
    }

    [Fact]
    public void Of_DifferentRows_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PairedComparison.Of([true], [true, false]));

    [Fact]
    public void Of_TwoLists_CountsTheFourCases() =>
        Assert.Equal(new PairedComparison(1, 1, 2, 0), PairedComparison.Of([true, true, false, false], [true, false, true, true]));
}
