using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public class LongInputsTests
{
    [Fact]
    public void Remark_AllFit_IsNone() => Assert.Null(LongInputs.Remark([1, 4], 4));

    [Fact]
    public void Remark_SomeAreLonger_CountsThem() =>
        Assert.StartsWith(
            "2 of 3 inputs have up to 1,200 tokens, but the model reads the first 4 and the rest is cut off; shorten them",
            LongInputs.Remark([5, 4, 1200], 4), StringComparison.Ordinal);
}
