using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Is an answer right?</summary>
public static class AnswerJudge
{
    /// <summary>
    /// Words by exact match, equations by value; what cannot be evaluated equals nothing, itself neither. Both strings are taken as given: a
    /// generated answer is compared with the label as the tokenizer decodes it, which is the label's text after a round trip.
    /// </summary>
    public static bool IsCorrect(TaskKind task, string answer, string truth) => task == TaskKind.Equation
        ? EquationEvaluator.Evaluate(answer) is double a && EquationEvaluator.Evaluate(truth) is double b && a == b
        : string.Equals(answer, truth, StringComparison.Ordinal);
}
