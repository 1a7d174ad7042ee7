namespace DistillStudio.Engine.Evaluation;

/// <summary>
/// The value of an equation as the original finds it by handing the text to Python's <c>eval</c>, found without running anything:
/// arithmetic, comparisons, bit operators and conditional expressions over number literals. Names, calls, strings and tuples are not evaluable.
/// </summary>
public static class EquationEvaluator
{
    /// <summary>No generated answer is longer.</summary>
    private const int MaxLength = 10_000;

    /// <summary>
    /// Null where the text is no such expression, divides by zero, overflows as Python does, gives a complex number, needs whole numbers of more
    /// than 4096 bits, nests deeper than 200 or is longer than 10,000 characters. May be infinite or NaN. Never throws, whatever the text.
    /// </summary>
    public static double? Evaluate(string text) => text.Length <= MaxLength ? new EquationParser(text).Read().ToDouble() : null;
}
