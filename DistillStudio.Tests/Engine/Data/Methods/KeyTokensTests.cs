using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Tests.Engine.Data.Methods;

public class KeyTokensTests
{
    [Theory]
    [InlineData("The answer must be a place where beavers build dams.", "answer place beavers build dams")]
    [InlineData("He had $3.50, so he has 3.50 - 2 = 1.5 left!", "$3.50 3.50 - 2 = 1.5 left")]
    [InlineData("It is not (really) colder than -5% outside", "not colder -5% outside")]
    [InlineData("It’s the one that was there.", "one")]
    [InlineData("« … » -- ,", "--")]
    [InlineData("It is the", "")]
    [InlineData(" \t\n", "")]
    public void Of_Rationale_KeepsContentWordsNumbersAndOperators(string rationale, string expected) =>
        Assert.Equal(expected, KeyTokens.Of(rationale));
}
