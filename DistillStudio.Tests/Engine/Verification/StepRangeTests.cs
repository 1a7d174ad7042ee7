using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Verification;

public class StepRangeTests
{
    [Theory]
    [InlineData("0-100", "0-100")]
    [InlineData(" 20 - 30 , 0-5", "0-5 20-30")]
    [InlineData("0-10,5-20,20-25,30-40", "0-25 30-40")]
    [InlineData("5-20,6-7", "5-20")]
    public void Parse_Ranges_OrdersAndMergesThem(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', StepRange.Parse(text)));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5-5")]
    [InlineData("9-5")]
    [InlineData("-1-5")]
    [InlineData("1-2-3")]
    [InlineData("0-3000000000")]
    [InlineData("a-b")]
    [InlineData("1-2,")]
    public void Parse_NoRanges_IsRefused(string text) => Assert.Contains(
        "is not a stretch of steps", Assert.Throws<InputException>(() => StepRange.Parse(text)).Message, StringComparison.Ordinal);
}
