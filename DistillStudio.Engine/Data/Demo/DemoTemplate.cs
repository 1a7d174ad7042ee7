namespace DistillStudio.Engine.Data.Demo;

/// <summary>
/// One kind of story. Braces stand for what is drawn anew for each problem: <c>{a}</c>, <c>{b}</c>, <c>{c}</c> are the numbers used, in the order of
/// the equation, and <c>{d}</c> the one that distracts; words come from <see cref="DemoWords"/>.
/// </summary>
/// <param name="Operators">One or two of <c>+ - * /</c>, applied from left to right.</param>
/// <param name="Story">Sentences in order. Where none holds <c>{d}</c>, a sentence from <see cref="DemoWords.Asides"/> is put among them.</param>
/// <param name="Question">Asks for what the equation yields.</param>
/// <param name="Reason">Why the operation follows; the rationale is this, and the equation.</param>
internal sealed record DemoTemplate(string Operators, string[] Story, string Question, string Reason)
{
    /// <summary>The story itself brings the distracting number.</summary>
    public bool HasDistractor => Story.Any(s => s.Contains("{d}", StringComparison.Ordinal));
}
