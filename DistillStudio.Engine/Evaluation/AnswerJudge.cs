using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Determines whether an answer is correct.</summary>
public static class AnswerJudge
{
    /// <summary>
    /// Compares words by exact match and equations by value; an equation that cannot be evaluated equals nothing, not even itself. Both
    /// strings are used unchanged: a generated answer is compared with the label as decoded by the tokenizer, which is the label's text
    /// after a round trip.
    /// </summary>
    public static bool IsCorrect(TaskKind task, string answer, string truth) => task == TaskKind.Equation
        ? EquationEvaluator.Evaluate(answer) is double a && EquationEvaluator.Evaluate(truth) is double b && a == b
        : string.Equals(answer, truth, StringComparison.Ordinal);
}
