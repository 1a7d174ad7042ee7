using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Training;

public sealed class TestAnswersTests : IDisposable
{
    private readonly TempFolder _first = new();
    private readonly TempFolder _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Compare_RunsThatShareSomeRows_CountsThoseRows()
    {
        Write(_first.Path, (0, true), (1, false), (2, false), (3, true));
        Write(_second.Path, (3, true), (2, true), (1, true), (9, true));

        Assert.Equal(new PairedComparison(BothRight: 1, OnlyFirst: 0, OnlySecond: 2, NeitherRight: 0), TestAnswers.Compare(_first.Path, _second.Path));
    }

    [Fact]
    public void Compare_FileMissingOrDamagedOrWithoutSharedRow_IsLeftOut()
    {
        Write(_first.Path, (0, true));
        Assert.Null(TestAnswers.Compare(_first.Path, _second.Path));

        File.WriteAllText(_second[TestAnswers.FileName], "{\"row\":");
        Assert.Null(TestAnswers.Compare(_first.Path, _second.Path));

        Write(_second.Path, (1, true));
        Assert.Null(TestAnswers.Compare(_first.Path, _second.Path));
    }

    private static void Write(string run, params IEnumerable<(int Row, bool IsCorrect)> answers) => TestAnswers.Write(
        Path.Combine(run, TestAnswers.FileName),
        answers.Select(a => new Answer(a.Row, "x", null, a.IsCorrect, false, false)));
}
