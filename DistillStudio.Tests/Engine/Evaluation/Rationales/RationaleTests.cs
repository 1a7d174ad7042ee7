using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation.Rationales;

namespace DistillStudio.Tests.Engine.Evaluation.Rationales;

public class RationaleTests
{
    private const string Question =
        "Where do beavers get supplies?\nAnswer Choices:\n(a) british columbia\n(b) body of water\n(c) wooded area\n(d) water\n(e) zoo";

    /// <summary>The examples of Lin 2004, section 3.1, whose sentences have equal lengths; and by hand.</summary>
    [Theory]
    [InlineData("police kill the gunman", "police killed the gunman", 0.75)]
    [InlineData("the gunman kill police", "police killed the gunman", 0.5)]
    [InlineData("the gunman police killed", "police killed the gunman", 0.5)]
    [InlineData("Police, killed: THE gunman!", "police killed the gunman", 1)]
    [InlineData("a b c", "a x b y c z", 2 * 3 / 9.0)]
    [InlineData("été übung", "ÉTÉ Übung", 1)]
    [InlineData("", "police", 0)]
    [InlineData("...", "...", 0)]
    public void RougeL_OfTwoTexts_IsThePublishedFigure(string candidate, string reference, double expected)
    {
        Assert.Equal(expected, RougeL.F1(candidate, reference), 1e-12);
        Assert.Equal(expected, RougeL.F1(reference, candidate), 1e-12);
    }

    [Theory]
    [InlineData("The answer must be a place. Of the above choices, only wooded areas have the supplies.", "wooded area")]
    [InlineData("So the answer is (c) wooded area.", "wooded area")]
    [InlineData("Not the zoo, not the water. So the answer is (b) body of water.", "body of water")]
    [InlineData("A Zoo has no supplies.", "zoo")]
    [InlineData("Neither the zoo nor british columbia.", null)]
    [InlineData("They build in watery places and zoological gardens.", null)]
    [InlineData("", null)]
    public void StatedAnswer_OfAChoice_IsTheOneNamed(string rationale, string? expected) =>
        Assert.Equal(expected, StatedAnswer.Of(TaskKind.MultipleChoice, Question, rationale));

    [Theory]
    [InlineData("They planted 10 * 45 seeds. 10 * 45 is 450. The answer is (10 * 45).", "( 10.0 * 45.0 )", true)]
    [InlineData("then he received 10 - (3 + 6) = 1 emails in the evening", "( 10.0 - ( 6.0 + 3.0 ) )", true)]
    [InlineData("Ann had 7 apples, got 3 and lost 2, so adding and then taking away: ( 7 + 3 ) - 2.", "( ( 7 + 3 ) - 2 )", true)]
    [InlineData("so adding: 7 + 3.", "( 7 - 3 )", false)]
    [InlineData("It costs $1,200 / 4 dollars", "( 1200 / 4 )", true)]
    [InlineData("So there are 2 eggs in each group. The answer is 2.", "( 22 / 11 )", true)]
    [InlineData("He has 5 apples.", "( 5 + 0 )", null)]
    [InlineData("(see below) 3 + 4) apples", "( 3 + 4 )", true)]
    [InlineData("5 / 0", "( 5 / 0 )", null)]
    [InlineData("", "( 1 + 1 )", null)]
    public void StatedAnswer_OfAnEquation_IsComparedByValue(string rationale, string label, bool? expected) =>
        Assert.Equal(expected, StatedAnswer.Equals(TaskKind.Equation, "", rationale, label));

    [Theory]
    [InlineData("London is in Europe. So the answer is entailment.", "entailment")]
    [InlineData("The premise contradicts the hypothesis.", "contradiction")]
    [InlineData("It does not entail it, so it is neutral.", "neutral")]
    [InlineData("The premise mentions London.", null)]
    public void StatedAnswer_OfInference_IsTheClassNamedLast(string rationale, string? expected) =>
        Assert.Equal(expected, StatedAnswer.Of(TaskKind.Inference, "", rationale));

    [Fact]
    public void StatedAnswer_OfAnything_NeverThrows()
    {
        foreach (TaskKind task in Enum.GetValues<TaskKind>())
        {
            foreach (string odd in
                new[]
                {
                    "the answer is",
                    "((((((",
                    "))))",
                    "-",
                    "1-",
                    "--1",
                    "1+(",
                    "(.)",
                    new string('(', 50_000) + "1+1",
                    "\ud800 answer is \udc00",
                    "Answer Choices:\n(a) [\n(b) .*\n(c) \n",
                })
            {
                StatedAnswer.Equals(task, odd + Question, odd, odd);
                StatedAnswer.Equals(task, odd, odd, "");
            }
        }
    }

    [Fact]
    public void Figures_OfARationale_AreThoseCountedByHand()
    {
        var figures = RationaleFigures.Of(
            TaskKind.MultipleChoice,
            new("the quick brown fox jumps over it", "A quick brown fox jumps high", "x", "quick fox", IsTruncated: true));
        Assert.Equal((6, 1 / 3.0, true, false), (figures.Words, figures.Copied, figures.IsTruncated, figures.IsEmpty));
        Assert.Equal(2 * 2 / 8.0, figures.RougeL);
        Assert.Null(figures.StatesLabel);
        Assert.Null(RationaleFigures.Of(TaskKind.Equation, new("a b c d", "a b c", "", null, false)).Copied);
    }

    [Fact]
    public void Quality_OfSomeRows_DividesByTheRowsThatHaveTheFigure()
    {
        RationaleQuality quality = RationaleQuality.Of(TaskKind.Equation,
        [
            new("Ann has 7 and 3", "so adding: 7 + 3.", "( 7 + 3 )", "so adding: 7 + 3.", false),
            new("Ann has 7 and 3", "so taking away: 7 - 3.", "( 7 + 3 )", null, true),
            new("Ann has 7 and 3", "", "( 7 + 3 )", "so adding: 7 + 3.", false),
            new("Ann has 7 and 3", "Ann has 7 and 3", "( 7 + 3 )", " ", false),
        ]);

        Assert.Equal((4, 0.5, 2), (quality.Rows, quality.RougeL, quality.Compared));
        Assert.Equal((0.5, 0.5), (quality.Stated, quality.StatesLabel));
        Assert.Equal((0.25, 0.25), (quality.Truncated, quality.Empty));
        Assert.Equal(5, quality.MedianWords);
        Assert.Equal(1 / 3.0, quality.Copied!.Value, 1e-12);
        Assert.Equal(
            new RationaleQuality(0, null, 0, null, null, null, null, null, null, null), RationaleQuality.Of(TaskKind.Equation, []));
    }
}
