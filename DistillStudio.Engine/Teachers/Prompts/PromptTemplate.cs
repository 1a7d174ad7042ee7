using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers.Prompts;

/// <summary>What a template requests from the teacher.</summary>
public enum PromptPurpose
{
    /// <summary>Rationale and label.</summary>
    Answer,

    /// <summary>Only the rationale: the true label is given.</summary>
    Rationalise,

    /// <summary>A shorter form of another teacher's rationale.</summary>
    Shorten,
}

/// <summary>The kind of task that a template is written for.</summary>
public enum PromptKind
{
    Text,
    Choice,
    Equation,
    Inference,
}

/// <summary>A worked example of a prompt.</summary>
/// <param name="Input">In the form of a dataset row's input; premise and hypothesis are joined by <c>&lt;/s&gt;</c>.</param>
/// <param name="Rationale">The reasoning that the teacher is to imitate.</param>
/// <param name="Label">The right answer.</param>
/// <param name="Draft">The long rationale that <paramref name="Rationale"/> shortens; for <see cref="PromptPurpose.Shorten"/> only.</param>
public sealed record PromptExample(string Input, string Rationale, string Label, string? Draft = null);

/// <summary>
/// One version of a prompt template: instructions, worked examples and the form of a row. A saved version never changes.
/// </summary>
/// <param name="Name">File name of the template, without version.</param>
/// <param name="Version">From 1; the built-in templates are version 1.</param>
/// <param name="Instructions">May contain <c>{form}</c>, which becomes the way a completion has to end so that it can be parsed.</param>
/// <param name="RowForm">
/// Form of the examples and of the new row: <c>{input}</c>, or its parts <c>{question}</c>, <c>{choices}</c>, <c>{premise}</c> and
/// <c>{hypothesis}</c>; <c>{label}</c> when rationalising, <c>{rationale}</c> when shortening.
/// </param>
/// <param name="Examples">None for a zero-shot prompt.</param>
/// <param name="Stop">Texts at which the teacher stops.</param>
public sealed partial record PromptTemplate(
    string Name,
    int Version,
    PromptKind Kind,
    PromptPurpose Purpose,
    string Instructions,
    string RowForm,
    IReadOnlyList<PromptExample> Examples,
    IReadOnlyList<string> Stop)
{
    /// <summary>Maximum length of a template's texts, in characters.</summary>
    public const int LongestText = 200_000;

    /// <summary>Maximum number of stop texts; hosted endpoints accept no more.</summary>
    public const int MostStops = 4;

    private const int LongestName = 64;

    private static readonly string[] RowFields = ["input", "question", "choices", "premise", "hypothesis", "label", "rationale"];

    /// <summary>Name and version: <c>choice@2</c>.</summary>
    public string Id => $"{Name}@{Version}";

    /// <summary>Returns one sentence for each reason why the template cannot be used; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (!IsName(Name))
        {
            problems.Add($"\"{SettingLimits.Cut(Name, LongestName)}\" cannot be a template's name; use up to {LongestName} letters, "
                + $"digits, dots, dashes and underscores, starting with a letter or digit.");
        }

        string[] used = [.. Field().Matches(RowForm).Select(match => match.Groups[1].Value)];
        problems.AddRange(used.Except(RowFields).Select(field =>
            $"The form of a row names {{{field}}}, which is not known; use {string.Join(", ", RowFields.Select(f => $"{{{f}}}"))}."));
        problems.AddRange(Field().Matches(Instructions).Select(match => match.Groups[1].Value).Where(field => field != "form")
            .Select(field => $"The instructions name {{{field}}}; only {{form}} is filled in there; the row belongs in the form of a "
                + $"row."));
        if (!used.Intersect(["input", "question", "premise", "hypothesis"]).Any())
        {
            problems.Add("The form of a row does not show the row; put {input} where it belongs.");
        }

        Demand(problems, used.Contains("label"), Purpose == PromptPurpose.Rationalise, "{label}",
            "a template that rationalises gives the right answer", "it would give the right answer away");
        Demand(problems, used.Contains("rationale"), Purpose == PromptPurpose.Shorten, "{rationale}",
            "a template that shortens gives the long rationale", "only a template that shortens has one to give");
        if (Stop.Count > MostStops || Stop.Any(string.IsNullOrEmpty))
        {
            problems.Add($"There are {Stop.Count} stop texts; give at most {MostStops}, none of them empty.");
        }

        if (Instructions.Length + RowForm.Length + Examples.Sum(e =>
            e.Input.Length + e.Rationale.Length + e.Label.Length + (e.Draft?.Length ?? 0)) > LongestText)
        {
            problems.Add($"The template has more than {LongestText:N0} characters; shorten its instructions or take fewer examples.");
        }

        return problems;
    }

    /// <exception cref="InputException">The template cannot be used; the exception lists every reason.</exception>
    public PromptTemplate Require() => Problems() is { Count: > 0 } problems ? throw new InputException(problems) : this;

    /// <summary>Returns true for letters, digits, <c>. _ -</c>, at most 64, starting with a letter or digit.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static void Demand(List<string> problems, bool isUsed, bool isNeeded, string field, string whyNeeded, string whyNot)
    {
        if (isUsed != isNeeded)
        {
            problems.Add(isNeeded ? $"The form of a row lacks {field}: {whyNeeded}."
                : $"The form of a row holds {field}: {whyNot}; remove it.");
        }
    }

    [GeneratedRegex(@"\{([a-z_]+)\}")]
    internal static partial Regex Field();
}
