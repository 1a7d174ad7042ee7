using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Teachers.Prompts;

/// <summary>The templates that come with the program, for each kind of task: few-shot, zero-shot, rationalise and shorten.</summary>
public static class BuiltInTemplates
{
    /// <summary>End of the names of zero-shot templates.</summary>
    public const string ZeroShot = "-zero-shot";

    /// <summary>End of the names of templates that rationalise.</summary>
    public const string Rationalise = "-rationalise";

    /// <summary>End of the names of templates that shorten.</summary>
    public const string Shorten = "-shorten";

    private static readonly (PromptKind Kind, string Task, string RowForm, IReadOnlyList<PromptExample> Examples, string Stop)[] Tasks =
    [
        (
            PromptKind.Choice,
            "Answer the multiple-choice question by common sense. Reason in one to three short sentences about what decides between the "
                + "choices.",
            "Q: {input}\nA:", WorkedExamples.Choice, "\nQ:"),
        (PromptKind.Equation,
            "Find the equation that solves the word problem. Say in one to three short sentences which numbers count and why; "
                + "ignore numbers that are not needed.",
            "Q: {input}\nA:", WorkedExamples.Equation, "\nQ:"),
        (PromptKind.Inference,
            "Decide whether the premise makes the hypothesis certain (entailment), makes it impossible (contradiction) or leaves it open "
                + "(neutral). Reason in one or two short sentences.",
            "Premise: {premise}\nHypothesis: {hypothesis}\nReason:", WorkedExamples.Inference, "\nPremise:"),
        (PromptKind.Text, "Work out the answer. Reason in one to three short sentences.", "Q: {input}\nA:", WorkedExamples.Text, "\nQ:"),
    ];

    /// <summary>All templates; the name is the kind in lower case, followed by the purpose.</summary>
    public static IReadOnlyList<PromptTemplate> All { get; } = [.. Tasks.SelectMany(task =>
        Of(task.Kind, task.Task, task.RowForm, task.Examples, task.Stop))];

    /// <summary>Returns the kind of template that fits rows of a format.</summary>
    public static PromptKind KindOf(RowFormat format) => format switch
    {
        RowFormat.Choices => PromptKind.Choice,
        RowFormat.Equation or RowFormat.WordProblem => PromptKind.Equation,
        RowFormat.InferenceAnswerLine or RowFormat.InferenceSentence => PromptKind.Inference,
        _ => PromptKind.Text,
    };

    /// <summary>Returns the name of the few-shot template for a kind of task.</summary>
    public static string NameOf(PromptKind kind) => kind.ToString().ToLowerInvariant();

    private static IEnumerable<PromptTemplate> Of(PromptKind kind, string task, string rowForm, IReadOnlyList<PromptExample> examples,
        string stop)
    {
        string name = NameOf(kind);
        string before = rowForm[..rowForm.LastIndexOf('\n')];
        yield return new(name, 1, kind, PromptPurpose.Answer, $"{task} {{form}}", rowForm, examples, [stop]);
        yield return new(name + ZeroShot, 1, kind, PromptPurpose.Answer, $"{task} {{form}}", rowForm, [], [stop]);
        yield return new(
            name + Rationalise, 1, kind, PromptPurpose.Rationalise,
            "The right answer is given. Explain in one to three short sentences how it follows from the text, "
                + "as if you had found it yourself. Write the reason alone; neither repeat the answer nor say that it was given.",
            $"{before}\nThe right answer: {{label}}\nReason:", examples, [stop]);
        yield return new(
            name + Shorten, 1, kind, PromptPurpose.Shorten,
            "Shorten the reasoning to the one or two short sentences that decide the answer. Keep every number and word that it rests on, "
                + "add nothing, and write the shortened reasoning alone.",
            $"{before}\nReasoning: {{rationale}}\nShort reasoning:", [.. examples.Where(e => e.Draft is not null)], [stop]);
    }
}
