using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Engine.Data;

public sealed class CompletionParserTests
{
    [Theory]
    [InlineData("It must be big. So the answer is (c) wooded area.\n\nQ: next So the answer is (a) x.", "It must be big.", "wooded area")]
    [InlineData("Why. So the answer is (b) in U.S.A.", "Why.", "in U.S.A")]
    [InlineData("Why. So the answer is (b) bed, not (c) sofa.", "Why.", "bed, not")]
    [InlineData("Why. So the answer is bed.", "Why.", " ")]
    [InlineData("Why. So the answer is (b)", "Why.", " ")]
    [InlineData("Why. So the answer is (b) .", "Why.", "")]
    [InlineData("No end", "No end", " ")]
    [InlineData("", "", " ")]
    [InlineData("Q: at once", "", " ")]
    public void Parse_Choice_CutsSplitsAndReadsTheMarker(string completion, string rationale, string label) =>
        Assert.Equal(new(rationale, label), CompletionParser.Parse(RowFormat.Choices, "palm", completion));

    [Theory]
    [InlineData("84 / 2 = 42. The answer is (84 / 2).\n\nQ: There", "84 / 2 = 42.", "(84 / 2)")]
    [InlineData("He has 10. The answer is (10 - (3 + 6)).", "He has 10.", "(10 - (3 + 6))")]
    [InlineData("He has 10. The answer is 10.", "He has 10.", " ")]
    [InlineData("The answer is (1). The answer is (2).", " ", " ")]
    [InlineData("He has (10 - 3", " ", " ")]
    [InlineData("So. The answer is )1(.", "So.", " ")]
    [InlineData("So. The answer is (\n(1 + 2) or (3)", "So.", "(1 + 2) or (3)")]
    [InlineData("", " ", " ")]
    public void Parse_Equation_NeedsExactlyTwoPartsAndParentheses(string completion, string rationale, string label)
    {
        Assert.Equal(new(rationale, label), CompletionParser.Parse(RowFormat.Equation, "palm", completion));
        Assert.Equal(new(rationale, label), CompletionParser.Parse(RowFormat.WordProblem, "palm", completion));
    }

    [Theory]
    [InlineData("Not all do.\nAnswer: neutral\n\nPremise: This", "Not all do.", "neutral")]
    [InlineData("Not all do.\nAnswer: neutral Answer: entailment", "Not all do.", "neutral")]
    [InlineData("Not all do.\nAnswer:neutral", "Not all do.", " ")]
    [InlineData("Not all do. \n", "Not all do.", " ")]
    public void Parse_AnswerLine_TakesTheTextBetween(string completion, string rationale, string label) =>
        Assert.Equal(new(rationale, label), CompletionParser.Parse(RowFormat.InferenceAnswerLine, "palm", completion));

    [Theory]
    [InlineData("Kings are old. So the answer is contradiction.\n\nPremise: The", "Kings are old.", "contradiction")]
    [InlineData("Kings are old. So the answer is contradiction", "Kings are old.", "contradictio")]
    [InlineData("Kings are old. So the answer is", "Kings are old.", "")]
    [InlineData("Kings are old.", "", "")]
    [InlineData("So the answer is a. So the answer is b.", "", "")]
    public void Parse_Sentence_DropsTheLastCharacter(string completion, string rationale, string label) =>
        Assert.Equal(new(rationale, label), CompletionParser.Parse(RowFormat.InferenceSentence, "palm", completion));

    [Theory]
    [InlineData(RowFormat.Choices, "\n Why. So the answer is (a) b.", "Why.", "b")]
    [InlineData(RowFormat.Equation, " Why. The answer is (1 + 2).", "Why.", "(1 + 2)")]
    [InlineData(RowFormat.InferenceAnswerLine, " Why.\nAnswer: neutral", "Why.", "neutral")]
    [InlineData(RowFormat.InferenceSentence, " Why. So the answer is neutral.", "Why.", "neutral")]
    [InlineData(RowFormat.InferenceSentence, " Why. The answer is neutral.", "Why.", "neutral")]
    public void Parse_OtherTeacher_IsTrimmedAtTheStart(RowFormat format, string completion, string rationale, string label)
    {
        Assert.Equal(new(rationale, label), CompletionParser.Parse(format, "gpt", completion));
        Assert.Equal(new(rationale, label), CompletionParser.Parse(format, "mine", completion));
    }

    [Fact]
    public void Parse_PalmSentenceWithTheOtherMarker_IsUnreadable() =>
        Assert.Equal(new("", ""), CompletionParser.Parse(RowFormat.InferenceSentence, "palm", "Why. The answer is neutral."));
}
