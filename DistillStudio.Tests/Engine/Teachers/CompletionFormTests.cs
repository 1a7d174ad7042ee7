using DistillStudio.Engine.Data;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Tests.Engine.Teachers;

public class CompletionFormTests
{
    private static readonly Row Question = new("Where?\nAnswer Choices:\n(a) here\n(b) there\n(c) U.S.\n(d) up\n(e) down", "there");

    public static TheoryData<RowFormat, string, string> Answers() => new()
    {
        { RowFormat.Choices, "It is not here.", "there" },
        { RowFormat.Choices, "He said Q: what? So the answer is open. The answer is not.", "there" },
        { RowFormat.Choices, "", "there" },
        { RowFormat.Choices, "It is a country.", "U.S." },
        { RowFormat.Equation, "Add both.", "( 3.0 + 4.0 )" },
        { RowFormat.Equation, "Q: The answer is 7, The answer is 7.", "( 3.0 + 4.0 )" },
        { RowFormat.Equation, "", "( 3.0 + 4.0 )" },
        { RowFormat.WordProblem, "Add both.", "(7)" },
        { RowFormat.InferenceAnswerLine, "One line.\nAnd Answer: another. Premise: none", "neutral" },
        { RowFormat.InferenceAnswerLine, "", "neutral" },
        { RowFormat.InferenceSentence, "So the answer is hard. Premise: none. The answer is near", "contradiction" },
        { RowFormat.InferenceSentence, "", "entailment" },
    };

    /// <summary>Also by the published teacher's stricter rules, which are the original's.</summary>
    [Theory]
    [MemberData(nameof(Answers))]
    public void Write_AnyRationale_ParsesToTheSameLabelAndHasNoMarkLeft(RowFormat format, string rationale, string label)
    {
        string written = CompletionForm.Write(format, Question, new(rationale, label));
        foreach (string teacher in (string[])["palm", "mine"])
        {
            TeacherAnswer read = CompletionParser.Parse(format, teacher, written);
            Assert.Equal(label, read.Label);
            Assert.Equal(rationale.Length == 0, read.IsRationaleBlank);
        }
    }

    [Theory]
    [InlineData(RowFormat.Choices, "Reason. So the answer is (b) there.", "there")]
    [InlineData(RowFormat.Choices, "Reason. **So the answer is (b) there.**", "there")]
    [InlineData(RowFormat.Choices, "Reason. So the answer is (b).", "there")]
    [InlineData(RowFormat.Choices, "Reason. The answer is B.", "there")]
    [InlineData(RowFormat.Choices, "Reason.\n\n**Answer:** (b) there, of course", "there")]
    [InlineData(RowFormat.Choices, "Reason. So the answer is There.", "there")]
    [InlineData(RowFormat.Choices, "<think>So the answer is (a) here.</think>\nReason. So the answer is (b) there.", "there")]
    [InlineData(RowFormat.Choices, "Reason. So the answer is (x) nowhere.", null)]
    [InlineData(RowFormat.Choices, "Reason, and then it is cut", null)]
    [InlineData(RowFormat.Equation, "Reason. The answer is ( 8.0 + 3.0 ) = 11.", "( 8.0 + 3.0 )")]
    [InlineData(RowFormat.Equation, "Reason. The answer is 8 + 3 = 11.", "(8 + 3)")]
    [InlineData(RowFormat.Equation, "Reason. The answer is unknown.", null)]
    [InlineData(RowFormat.InferenceAnswerLine, "Reason.\nAnswer: neutral", "neutral")]
    [InlineData(RowFormat.InferenceAnswerLine, "Reason.\nAnswer: Neutral.", "neutral")]
    [InlineData(RowFormat.InferenceAnswerLine, "Reason.\nAnswer: neutral or entailment", null)]
    [InlineData(RowFormat.InferenceSentence, "Reason. So the answer is neutral.", "neutral")]
    [InlineData(RowFormat.InferenceSentence, "Reason. So the answer is neutral", "neutral")]
    [InlineData(RowFormat.InferenceSentence, "Reason. The answer is neutral.", "neutral")]
    [InlineData(RowFormat.InferenceSentence, "", null)]
    public void Read_CompletionsAsModelsWriteThem_LabelIsFoundOrTheRowIsLeftBlank(RowFormat format, string completion, string? label)
    {
        var reading = CompletionReading.Read(PromptPurpose.Answer, format, Question, completion);
        Assert.Equal(label, reading.IsReadable ? reading.Answer.Label : null);
        if (label is null)
        {
            Assert.Equal("", reading.Text);
            return;
        }

        Assert.Equal("Reason.", reading.Answer.Rationale);
        Assert.Equal(reading.Answer, CompletionParser.Parse(format, "palm", reading.Text));
    }

    [Fact]
    public void Read_RationaleForAGivenLabel_TakesTheLabelFromTheRow()
    {
        var reading = CompletionReading.Read(
            PromptPurpose.Rationalise, RowFormat.Choices, Question, " It is far away. So the answer is (a) here.", "there");
        Assert.Equal(new TeacherAnswer("It is far away.", "there"), reading.Answer);
        Assert.False(CompletionReading.Read(PromptPurpose.Rationalise, RowFormat.Choices, Question, "  ", "there").IsReadable);
    }
}
