namespace DistillStudio.Engine.Evaluation;

/// <summary>
/// Evaluates an equation like the original, which passes the text to Python's <c>eval</c>, but without executing code. Supports
/// arithmetic, comparisons, bit operators and conditional expressions over number literals. Names, calls, strings and tuples are not
/// evaluable.
/// </summary>
public static class EquationEvaluator
{
    /// <summary>Maximum length in characters; generated answers are shorter.</summary>
    private const int MaxLength = 10_000;

    /// <summary>
    /// Returns null if the text is not such an expression, divides by zero, overflows as in Python, has a complex result, needs integers
    /// of more than 4096 bits, nests deeper than 200 or is longer than 10,000 characters. The result may be infinite or NaN. Never throws.
    /// </summary>
    public static double? Evaluate(string text) => text.Length <= MaxLength ? new EquationParser(text).Read().ToDouble() : null;
}
