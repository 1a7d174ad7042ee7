using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Runs;

public sealed class ValidAnswersTests : IDisposable
{
    private static readonly TrainingRow[] Rows =
        [.. Enumerable.Range(0, 11).Select(i => new TrainingRow(i, $"input {i}", "x", "x", null, null))];

    private readonly TempFolder _run = new();

    private string File => _run["valid-answers.jsonl"];

    public void Dispose() => _run.Dispose();

    /// <summary>The names are read by users' scripts and by later versions.</summary>
    [Fact]
    public void Append_AnEvaluation_GivesItsLine()
    {
        ValidAnswers.Begin(_run.Path, Rows[..2], 0);
        ValidAnswers.Append(_run.Path, 100, Answers(false, true));

        IReadOnlyList<string> keys = RowDigests.KeysOf(Rows[..2]);
        Assert.Equal(
            [
                $$"""{"fingerprint":"{{RowDigests.FingerprintOf(Rows[..2]).Ordered}}","rows":["{{keys[0]}}","{{keys[1]}}"]}""",
                """{"step":100,"correct":"Ag=="}""",
            ],
            System.IO.File.ReadAllLines(File));
    }

    [Fact]
    public void Read_SeveralEvaluations_GivesWhenARowWasLearntAndForgotten()
    {
        ValidAnswers.Begin(_run.Path, Rows, 0);
        bool[][] right = [
            [.. Rows.Select(_ => false)], [.. Rows.Select((_, i) => i is 1 or 10)], [.. Rows.Select((_, i) => i is 2 or 10)],
            [.. Rows.Select((_, i) => i is 1 or 10)],
        ];
        for (int i = 0; i < right.Length; i++)
        {
            ValidAnswers.Append(_run.Path, 100 * (i + 1), Answers(right[i]));
        }

        ValidationRecord record = ValidAnswers.Read(_run.Path)!;

        Assert.Equal(RowDigests.KeysOf(Rows), record.Keys);
        Assert.Equal([100, 200, 300, 400], record.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal(right, record.Evaluations.Select(evaluation => evaluation.Correct.Cast<bool>().ToArray()));
        Assert.Equal(new RowLearning(null, null, 0), record.LearningOf(0));
        Assert.Equal(new RowLearning(200, 400, 1), record.LearningOf(1));
        Assert.Equal(new RowLearning(300, null, 1), record.LearningOf(2));
        Assert.Equal(new RowLearning(200, 200, 0), record.LearningOf(10));
    }

    [Fact]
    public void Begin_ResumedRun_KeepsTheEvaluationsBeforeItsCheckpoint()
    {
        ValidAnswers.Begin(_run.Path, Rows[..3], 0);
        ValidAnswers.Append(_run.Path, 3, Answers(true, false, true));
        ValidAnswers.Append(_run.Path, 6, Answers(true, true, true));
        System.IO.File.AppendAllText(File, "{\"step\":9,\"corr"); // torn by the end of the process

        Assert.Equal([3, 6], Steps());
        ValidAnswers.Begin(_run.Path, Rows[..3], 3);
        Assert.Equal([3], Steps());
        ValidAnswers.Append(_run.Path, 6, Answers(false, true, true));

        Assert.Equal([3, 6], Steps());
        Assert.False(ValidAnswers.Read(_run.Path)!.Evaluations[1].Correct[0]);
        Assert.Equal(3, System.IO.File.ReadAllLines(File).Length);
    }

    [Fact]
    public void Append_AfterATornLine_IsRead()
    {
        ValidAnswers.Begin(_run.Path, Rows[..3], 0);
        System.IO.File.AppendAllText(File, "{\"step\":3,\"corr");
        ValidAnswers.Append(_run.Path, 6, Answers(true, true, true));
        Assert.Equal([6], Steps());
    }

    [Fact]
    public void Begin_OtherRows_StartsOver()
    {
        ValidAnswers.Begin(_run.Path, Rows[..3], 0);
        ValidAnswers.Append(_run.Path, 3, Answers(true, false, true));

        Assert.True(ValidAnswers.Begin(_run.Path, Rows[..3], 3));
        Assert.False(ValidAnswers.Begin(_run.Path, Rows[..4], 3));

        Assert.Empty(ValidAnswers.Read(_run.Path)!.Evaluations);
        Assert.Equal(4, ValidAnswers.Read(_run.Path)!.Keys.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]\n{}\n\"x\"\nnull\n7")]
    [InlineData("{\"step\":3,\"correct\":\"Ag==\"}")] // without its rows
    [InlineData("{\"fingerprint\":null,\"rows\":null}")]
    public void Read_FileOfSomethingElse_HoldsNothing(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.Null(ValidAnswers.Read(_run.Path));
    }

    [Fact]
    public void Read_BitsOfAnotherNumberOfRows_AreLeftOut()
    {
        ValidAnswers.Begin(_run.Path, Rows, 0);
        System.IO.File.AppendAllText(
            File, "{\"step\":3,\"correct\":\"Ag==\"}\n{\"step\":4,\"correct\":\"AgAA\"}\n{\"step\":5,\"correct\":\"AgA=\"}\n");
        Assert.Equal([5], Steps());
    }

    [Fact]
    public void Read_NoFile_IsNone_AndAFolderInItsPlaceIsNamed()
    {
        Assert.Null(ValidAnswers.Read(_run.Path));
        Directory.CreateDirectory(File);
        Assert.Contains(File, Assert.Throws<InputException>(() => ValidAnswers.Read(_run.Path)).Message, StringComparison.Ordinal);
    }

    private int[] Steps() => [.. ValidAnswers.Read(_run.Path)!.Evaluations.Select(evaluation => evaluation.Step)];

    private static Answer[] Answers(params bool[] right) =>
        [.. right.Select((isRight, i) => new Answer(i, "x", null, isRight, false, false))];
}
