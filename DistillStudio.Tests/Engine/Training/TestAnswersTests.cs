using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class TestAnswersTests : IDisposable
{
    private readonly string _first = Directory.CreateTempSubdirectory("answers").FullName;
    private readonly string _second = Directory.CreateTempSubdirectory("answers").FullName;

    public void Dispose()
    {
        Directory.Delete(_first, recursive: true);
        Directory.Delete(_second, recursive: true);
    }

    [Fact]
    public void Compare_RunsThatShareSomeRows_CountsThoseRows()
    {
        Write(_first, (0, true), (1, false), (2, false), (3, true));
        Write(_second, (3, true), (2, true), (1, true), (9, true));

        Assert.Equal(new PairedComparison(BothRight: 1, OnlyFirst: 0, OnlySecond: 2, NeitherRight: 0), TestAnswers.Compare(_first, _second));
    }

    [Fact]
    public void Compare_FileMissingOrDamagedOrWithoutSharedRow_IsLeftOut()
    {
        Write(_first, (0, true));
        Assert.Null(TestAnswers.Compare(_first, _second));

        File.WriteAllText(Path.Combine(_second, TestAnswers.FileName), "{\"row\":");
        Assert.Null(TestAnswers.Compare(_first, _second));

        Write(_second, (1, true));
        Assert.Null(TestAnswers.Compare(_first, _second));
    }

    private static void Write(string run, params IEnumerable<(int Row, bool IsCorrect)> answers) => TestAnswers.Write(
        Path.Combine(run, TestAnswers.FileName),
        answers.Select(a => new Answer(a.Row, "x", null, a.IsCorrect, false, false)));
}
