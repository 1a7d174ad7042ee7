using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Generation;

namespace DistillStudio.Tests.Engine.Evaluation;

public sealed class LabelScoreTests
{
    private static readonly GeneratedIds Written =
        new([5, 6, 7, 1], IsTruncated: false) { LogProbabilities = [-1, -0.5f, -0.25f, -0.125f] };

    [Fact]
    public void Of_TextThatIsTheLabel_SumsAllTokens() =>
        Assert.Equal(-1.875, LabelScore.Of(Written, 0, _ => throw new InvalidOperationException("not needed")));

    /// <summary>Each token is a letter; the label follows the second.</summary>
    [Theory]
    [InlineData(1, -0.875)]
    [InlineData(2, -0.375)]
    [InlineData(4, 0)]
    public void Of_TextWithARationaleBefore_SumsTheTokensAfterIt(int start, double sum) =>
        Assert.Equal(sum, LabelScore.Of(Written, start, ids => ids.Length >= start ? start : null));

    [Fact]
    public void Of_NoLabelOrNoScores_IsUnknown()
    {
        Assert.Null(LabelScore.Of(Written, null, _ => null));
        Assert.Null(LabelScore.Of(new GeneratedIds([1], false), 0, _ => 0));
    }
}
