using DistillStudio.Engine.Evaluation.Rationales;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Differences;

/// <summary>How good a run's test answers are beyond right and wrong.</summary>
/// <param name="Rationales">Null if the run kept no rationales.</param>
/// <param name="Calibration">Of the probability of the predicted label; null if the run kept none.</param>
public sealed record AnswerQuality(RationaleQuality? Rationales, Calibration? Calibration)
{
    /// <summary>Reads the answers of a run's exported weights.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="texts">Rows of the run's dataset; null if unavailable, in which case rationales are not judged.</param>
    /// <exception cref="InputException">The run kept no answers, or they cannot be read.</exception>
    public static AnswerQuality Of(string run, RowTexts? texts)
    {
        IReadOnlyList<TestAnswer> answers = TestAnswers.Read(run);
        WrittenRationale[] written = texts is null ? []
            : [.. answers.Where(answer => answer is { Rationale: not null, Key: not null } && texts.Test.ContainsKey(answer.Key))
                .Select(answer => Of(answer, texts.Test[answer.Key!]))];

        // Rounding may raise the probability of a certain answer above 1.
        (double Probability, bool IsCorrect)[] scored = [
            .. answers.Where(answer => answer.LabelLogProbability is { } log && !double.IsNaN(log))
            .Select(answer => (Math.Min(1, Math.Exp(answer.LabelLogProbability!.Value)), answer.IsCorrect))];
        return new(
            written.Length == 0 ? null : RationaleQuality.Of(texts!.Task, written),
            scored.Length == 0 ? null
                : Calibration.Of([.. scored.Select(answer => answer.Probability)], [.. scored.Select(answer => answer.IsCorrect)]));
    }

    private static WrittenRationale Of(TestAnswer answer, RowText row) =>
        new(row.Input, answer.Rationale!, answer.Label, row.TeacherRationale, answer.IsRationaleTruncated);
}
