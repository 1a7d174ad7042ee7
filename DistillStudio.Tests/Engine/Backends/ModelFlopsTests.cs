using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;

namespace DistillStudio.Tests.Engine.Backends;

public sealed class ModelFlopsTests
{
    [Theory]
    [InlineData("relu", true)]
    [InlineData("gated-gelu", false)]
    public void OfTraining_OneTokenEach_IsSixTimesTheMatricesApplied(string feedForward, bool tied)
    {
        T5Config config = SmallT5.Config with { FeedForwardProj = feedForward, TieWordEmbeddings = tied };
        (string Name, double Size)[] matrices =
        [
            .. T5Weights.Of(config)
                .Where(
                    w => w.Shape.Length == 2 && !w.Name.Contains("relative", StringComparison.Ordinal)
                        && !w.Name.StartsWith("shared", StringComparison.Ordinal)
                        && !w.Name.StartsWith("lm_head", StringComparison.Ordinal))
                .Select(w => (w.Name, (double)w.Shape[0] * w.Shape[1])),
            ("head", (double)config.VocabSize * config.DModel),
        ];

        Assert.Equal(6 * matrices.Sum(m => m.Size), new ModelFlops(config).OfTraining(1, 1));
        double ofInput = matrices.Where(
            m => m.Name.StartsWith("encoder", StringComparison.Ordinal) || m.Name.Contains("EncDecAttention.k", StringComparison.Ordinal)
                || m.Name.Contains("EncDecAttention.v", StringComparison.Ordinal))
            .Sum(m => m.Size);
        Assert.Equal(6 * 3 * ofInput, new ModelFlops(config).OfTraining(3, 0));
        Assert.Equal(2 * 3 * ofInput, new ModelFlops(config).OfGeneration(3, 0));
    }
}
