using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Engine.Teachers;

/// <summary>The API through which a teacher is queried.</summary>
public enum TeacherApi
{
    /// <summary><c>/chat/completions</c>: worked examples are sent as turns of a conversation.</summary>
    Chat,

    /// <summary><c>/completions</c>: the prompt is one text.</summary>
    Completion,
}

/// <summary>Which rows are queried.</summary>
public enum RowSelection
{
    All,

    /// <summary>Rows to which another teacher gave no label.</summary>
    Missing,

    /// <summary>Rows at which another teacher's label differs from the truth.</summary>
    Missed,
}

/// <summary>Which rationales are kept if a row has several samples.</summary>
public enum KeptRationales
{
    /// <summary>The first whose label is the majority's.</summary>
    First,

    /// <summary>All whose label is the majority's: the second and later ones become further teachers, <c>NAME.2</c>, <c>NAME.3</c>,
    /// …</summary>
    All,
}

/// <summary>Limits that may be changed when a job is resumed.</summary>
/// <param name="Concurrency">Number of concurrent requests.</param>
/// <param name="Rpm">Maximum requests per minute; null for no limit.</param>
/// <param name="Tpm">Maximum tokens per minute, prompt and completion; null for no limit.</param>
/// <param name="BudgetTokens">The job stops before it uses more tokens than this; null for no limit.</param>
/// <param name="BudgetCost">The same for money, in the currency of the prices.</param>
/// <param name="PromptPrice">Price of a million prompt tokens; null if unknown.</param>
/// <param name="CompletionPrice">Price of a million completion tokens; null if unknown.</param>
/// <param name="TimeoutSeconds">Maximum duration of one request.</param>
/// <param name="Retries">How often a failed request is retried.</param>
public sealed record TeacherLimits(
    int Concurrency = 4,
    int? Rpm = null,
    int? Tpm = null,
    long? BudgetTokens = null,
    double? BudgetCost = null,
    double? PromptPrice = null,
    double? CompletionPrice = null,
    int TimeoutSeconds = 120,
    int Retries = 6)
{
    public const int MostConcurrency = 256;

    /// <summary>Returns the price of these tokens; null if a price is unknown.</summary>
    public double? CostOf(long promptTokens, long completionTokens) =>
        PromptPrice is null && CompletionPrice is null ? null
            : ((promptTokens * (PromptPrice ?? 0)) + (completionTokens * (CompletionPrice ?? 0))) / 1e6;
}

/// <summary>How to reach a teacher. Names the location of the key, never the key itself.</summary>
/// <param name="Endpoint">Base address, such as <c>http://localhost:8000/v1</c>.</param>
/// <param name="Model">The provider's name of the model.</param>
/// <param name="KeyVariable">Environment variable that holds the key.</param>
/// <param name="KeyFile">File of mode 600 that holds the key; takes precedence.</param>
/// <param name="IsBatch">True to use the provider's batch interface: cheaper, and answered within a day.</param>
public sealed record TeacherAddress(
    string Endpoint, string Model, TeacherApi Api = TeacherApi.Chat, string KeyVariable = TeacherAddress.UsualVariable,
        string? KeyFile = null, bool IsBatch = false)
{
    public const string UsualVariable = "OPENAI_API_KEY";
}

/// <summary>Everything that defines a teacher job; saved as <c>job.json</c> and with the teacher that results.</summary>
/// <param name="Name">Name of the resulting teacher.</param>
/// <param name="DataDir">Folder that holds the datasets.</param>
/// <param name="Template">The complete template, so that a later version has no effect.</param>
/// <param name="Selection">Which rows are queried.</param>
/// <param name="Of">The other teacher that <paramref name="Selection"/> or a shortening template refers to.</param>
/// <param name="Rows">Number of rows drawn from the selection with <paramref name="Seed"/>; null for all of them.</param>
/// <param name="Samples">Completions per row.</param>
/// <param name="Temperature">Null for the provider's default.</param>
/// <param name="MaxTokens">Maximum tokens of a completion.</param>
/// <param name="RowsFingerprint">Identifies the split's rows; a job cannot be resumed with other rows.</param>
/// <param name="Created">Time of creation.</param>
/// <param name="Program">Version of the program that created it.</param>
public sealed record TeacherJobSpec(
    string Dataset,
    string Split,
    string Name,
    string DataDir,
    TeacherAddress Address,
    PromptTemplate Template,
    RowSelection Selection = RowSelection.All,
    string? Of = null,
    int? Rows = null,
    int Seed = 0,
    int Samples = 1,
    KeptRationales Keep = KeptRationales.First,
    double? Temperature = 0,
    int MaxTokens = 256,
    string RowsFingerprint = "",
    DateTimeOffset Created = default,
    string Program = "")
{
    public const int MostSamples = 64;

    public const int MostTokens = 32_768;

    public TeacherLimits Limits { get; init; } = new();

    /// <summary>Returns one sentence for each problem that can be found without the data; empty if there is none.</summary>
    /// <param name="isTrial">True if nothing is recorded, so that the teacher needs no name.</param>
    public IReadOnlyList<string> Problems(bool isTrial = false)
    {
        var problems = new List<string>(Template.Problems());
        Check(isTrial || DatasetLayout.IsTeacherName(Name),
            $"--name {Name} cannot be a new teacher's name; use up to 64 letters, digits, dots, dashes and underscores, and neither palm, "
                + $"gpt nor none.");
        Check(Split is Data.Dataset.Train or Data.Dataset.Valid or Data.Dataset.Test,
            $"--split {Split} is unknown; use train, valid or test.");
        Check(EndpointProblem(Address.Endpoint) is null, EndpointProblem(Address.Endpoint) ?? "");
        Check(!string.IsNullOrWhiteSpace(Address.Model), "--model is empty; give the endpoint's name of the model.");
        Check(Address.KeyVariable.Length > 0 && !char.IsAsciiDigit(Address.KeyVariable[0])
            && Address.KeyVariable.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'),
            "--key-env names an environment variable, of letters, digits and underscores; do not put the key itself on the command line, "
                + "where others can see it.");
        Check(Samples is >= 1 and <= MostSamples, $"--samples {Samples} is out of range; give 1 to {MostSamples}.");
        Check(Samples == 1 || Temperature != 0,
            "--samples above 1 with --temperature 0 repeats the same request; give a temperature such as 0.7.");
        Check(Temperature is null or (>= 0 and <= 2), "--temperature is out of range; give 0 to 2, or none.");
        Check(MaxTokens is >= 1 and <= MostTokens, $"--max-tokens {MaxTokens} is out of range; give 1 to {MostTokens}.");
        Check(Rows is null or >= 1, $"--rows {Rows} is out of range; give at least 1.");
        Check(Selection == RowSelection.All || Of is not null,
            "--of is missing: name the teacher whose missing or wrong labels select the rows.");
        Check(Template.Purpose != PromptPurpose.Shorten || Of is not null,
            $"--of is missing: template {Template.Name} shortens another teacher's rationales; name that teacher.");
        Check(!Address.IsBatch || Address.Api == TeacherApi.Chat,
            "--batch requires --api chat: providers offer no batches of plain completions.");
        return problems;

        void Check(bool isRight, string problem)
        {
            if (!isRight)
            {
                problems.Add(problem);
            }
        }
    }

    /// <inheritdoc cref="Problems" path="/param"/>
    /// <exception cref="InputException">A setting cannot be used; the exception lists every problem.</exception>
    public TeacherJobSpec Require(bool isTrial = false) =>
        Problems(isTrial) is { Count: > 0 } problems ? throw new InputException(problems) : this;

    private static string? EndpointProblem(string endpoint)
    {
        const string Mend = "give a base address such as https://api.openai.com/v1 or http://localhost:11434/v1";
        return !Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")
            ? $"--endpoint is not an http address; {Mend}."
            : address.UserInfo.Length > 0
                ? $"--endpoint holds a user name or password, which would be stored with the job; put the key into an environment variable "
                    + $"(--key-env) and {Mend}."
            : address.Query.Length > 0 || address.Fragment.Length > 0
                ? $"--endpoint holds a query, which would be stored with the job; put the key into an environment variable (--key-env) and "
                    + $"{Mend}."
            : null;
    }
}
