using System.Globalization;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Components.Pages.Teachers;

/// <summary>The form of a new job as typed: texts, stored in the URL.</summary>
internal sealed record TeacherDraft
{
    /// <summary>Required ending of a key variable's name on a page: otherwise a visitor could send any variable to their own
    /// address.</summary>
    private const string VariableEnd = "API_KEY";

    public string Dataset { get; init; } = Engine.Data.Demo.DemoDataset.Name;

    public string Split { get; init; } = Engine.Data.Dataset.Train;

    public string Name { get; init; } = "";

    public string Endpoint { get; init; } = "http://localhost:11434/v1";

    public string Model { get; init; } = "";

    public TeacherApi Api { get; init; }

    public string KeyVariable { get; init; } = TeacherAddress.UsualVariable;

    public bool IsBatch { get; init; }

    /// <summary>Name or name@version; empty for the few-shot template of the dataset's kind.</summary>
    public string Template { get; init; } = "";

    public RowSelection Selection { get; init; }

    public string Of { get; init; } = "";

    public string Rows { get; init; } = "";

    public string Samples { get; init; } = "1";

    public KeptRationales Keep { get; init; }

    public string Temperature { get; init; } = "0";

    public string MaxTokens { get; init; } = "256";

    public string Concurrency { get; init; } = "4";

    public string Rpm { get; init; } = "";

    public string Tpm { get; init; } = "";

    public string BudgetTokens { get; init; } = "";

    public string BudgetCost { get; init; } = "";

    public string PromptPrice { get; init; } = "";

    public string CompletionPrice { get; init; } = "";

    /// <summary>Number of the row in the preview, from 1.</summary>
    public int Preview { get; init; } = 1;

    public static TeacherDraft Read(PageQuery query)
    {
        var usual = new TeacherDraft();
        return new()
        {
            Dataset = query.Text("dataset") ?? usual.Dataset,
            Split = query.Text("split") ?? usual.Split,
            Name = query.Text("name") ?? usual.Name,
            Endpoint = query.Text("endpoint") ?? usual.Endpoint,
            Model = query.Text("model") ?? usual.Model,
            Api = query.Choice("api", usual.Api),
            KeyVariable = query.Text("key-env") ?? usual.KeyVariable,
            IsBatch = query.Flag("batch"),
            Template = query.Text("template") ?? usual.Template,
            Selection = query.Choice("select", usual.Selection),
            Of = query.Text("of") ?? usual.Of,
            Rows = query.Text("rows") ?? usual.Rows,
            Samples = query.Text("samples") ?? usual.Samples,
            Keep = query.Choice("keep", usual.Keep),
            Temperature = query.Text("temperature") ?? usual.Temperature,
            MaxTokens = query.Text("max-tokens") ?? usual.MaxTokens,
            Concurrency = query.Text("concurrency") ?? usual.Concurrency,
            Rpm = query.Text("rpm") ?? usual.Rpm,
            Tpm = query.Text("tpm") ?? usual.Tpm,
            BudgetTokens = query.Text("budget-tokens") ?? usual.BudgetTokens,
            BudgetCost = query.Text("budget-cost") ?? usual.BudgetCost,
            PromptPrice = query.Text("price-prompt") ?? usual.PromptPrice,
            CompletionPrice = query.Text("price-completion") ?? usual.CompletionPrice,
            Preview = query.Whole("row", 1) ?? usual.Preview,
        };
    }

    public PageQuery Write()
    {
        var usual = new TeacherDraft();
        return new PageQuery()
            .Set("dataset", Unless(Dataset, usual.Dataset)).Set("split", Unless(Split, usual.Split)).Set("name", Name).Set("endpoint",
                Unless(Endpoint, usual.Endpoint)).Set("model", Model)
            .SetChoice("api", Api, usual.Api).Set("key-env", Unless(KeyVariable, usual.KeyVariable)).Set("batch", IsBatch).Set("template",
                Template)
            .SetChoice("select", Selection, usual.Selection).Set("of", Of).Set("rows", Rows).Set("samples",
                Unless(Samples, usual.Samples)).SetChoice("keep", Keep, usual.Keep)
            .Set("temperature", Unless(Temperature, usual.Temperature)).Set("max-tokens",
                Unless(MaxTokens, usual.MaxTokens)).Set("concurrency", Unless(Concurrency, usual.Concurrency))
            .Set("rpm", Rpm).Set("tpm", Tpm).Set("budget-tokens", BudgetTokens).Set("budget-cost", BudgetCost).Set("price-prompt",
                PromptPrice).Set("price-completion", CompletionPrice)
            .Set("row", Preview == 1 ? null : (int?)Preview);
    }

    /// <summary>Returns the job, which must not be used if problems were added.</summary>
    /// <param name="isTrial">True if the teacher needs no name.</param>
    public TeacherJobSpec ToSpec(PromptTemplate template, string dataDir, List<string> problems, bool isTrial = false)
    {
        if (!KeyVariable.EndsWith(VariableEnd, StringComparison.Ordinal))
        {
            problems.Add($"The variable that holds the key must end in {VariableEnd}; use the command line for another one, "
                + $"or for a file.");
        }

        if (Name.Length == 0 && !isTrial)
        {
            problems.Add("The teacher has no name yet; give it one to start.");
        }

        if (Model.Length == 0)
        {
            problems.Add("The model has no name yet.");
        }

        var spec = new TeacherJobSpec(
            Dataset, Split, Name, dataDir, new(Endpoint.Trim(), Model.Trim(), Api, KeyVariable, IsBatch: IsBatch), template, Selection,
            Of.Length > 0 && (Selection != RowSelection.All || template.Purpose == PromptPurpose.Shorten) ? Of : null,
            Whole("Rows", Rows, int.MaxValue, problems), 0, Whole("Samples", Samples, TeacherJobSpec.MostSamples, problems) ?? 1, Keep,
            Temperature.Trim().Length == 0 ? null
                : Number("Temperature", Temperature, problems),
                Whole("Maximum tokens", MaxTokens, TeacherJobSpec.MostTokens, problems) ?? 256)
        {
            Limits = new(
                Whole("Concurrent requests", Concurrency, TeacherLimits.MostConcurrency, problems) ?? 4,
                    Whole("Requests a minute", Rpm, int.MaxValue, problems), Whole("Tokens a minute", Tpm, int.MaxValue, problems),
                (long?)Number("Token budget", BudgetTokens, problems), Number("Cost budget", BudgetCost, problems),
                    Number("Prompt price", PromptPrice, problems), Number("Answer price", CompletionPrice, problems)),
        };
        if (problems.Count == 0)
        {
            problems.AddRange(spec.Problems(isTrial));
        }

        return spec;
    }

    private static string? Unless(string value, string usual) => value == usual ? null : value;

    private static int? Whole(string what, string text, int most, List<string> problems)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
            out int value) && value >= 1 && value <= most)
        {
            return value;
        }

        problems.Add($"{what}: give a whole number from 1{(most == int.MaxValue ? "" : $" to {most}")}.");
        return null;
    }

    private static double? Number(string what, string text, List<string> problems)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1e15)
        {
            return value;
        }

        problems.Add($"{what}: give a number from 0.");
        return null;
    }
}
