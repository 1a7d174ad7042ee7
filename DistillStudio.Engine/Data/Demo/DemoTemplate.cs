namespace DistillStudio.Engine.Data.Demo;

/// <summary>
/// A story template. Braces are placeholders that are filled for each problem: <c>{a}</c>, <c>{b}</c>, <c>{c}</c> are the numbers of
/// the equation in order, and <c>{d}</c> is the distractor; words come from <see cref="DemoWords"/>.
/// </summary>
/// <param name="Operators">One or two of <c>+ - * /</c>, applied from left to right.</param>
/// <param name="Story">Sentences in order. If none contains <c>{d}</c>, a sentence from <see cref="DemoWords.Asides"/> is
/// inserted.</param>
/// <param name="Question">Question whose answer is the equation's value.</param>
/// <param name="Reason">Why the operation follows; the rationale consists of this and the equation.</param>
internal sealed record DemoTemplate(string Operators, string[] Story, string Question, string Reason)
{
    /// <summary>True if the story itself contains the distractor.</summary>
    public bool HasDistractor => Story.Any(s => s.Contains("{d}", StringComparison.Ordinal));
}
