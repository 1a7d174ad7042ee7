using System.CommandLine;
using System.Globalization;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Commands;

/// <summary>The flags of a teacher job that may change when it is resumed: limits, prices and the location of the key.</summary>
internal sealed class TeacherLimitFlags
{
    private readonly Option<string[]> _concurrency = Usage.Flag("--concurrency", "N", "Concurrent requests [4]");
    private readonly Option<string[]> _rpm = Usage.Flag("--rpm", "N", "Maximum requests per minute [no limit]");
    private readonly Option<string[]> _tpm = Usage.Flag("--tpm", "N", "Maximum tokens per minute [no limit]");
    private readonly Option<string[]> _budgetTokens = Usage.Flag("--budget-tokens", "N",
        "Stop before more tokens than this are used, prompts and completions together [no limit]");
    private readonly Option<string[]> _budgetCost = Usage.Flag("--budget-cost", "X",
        "Stop before the cost exceeds this, by the prices given [no limit]");
    private readonly Option<string[]> _promptPrice = Usage.Flag("--price-prompt", "X", "Price per million prompt tokens");
    private readonly Option<string[]> _completionPrice = Usage.Flag("--price-completion", "X", "Price per million completion tokens");
    private readonly Option<string[]> _timeout = Usage.Flag("--timeout", "SECONDS", "Timeout of one request [120]");
    private readonly Option<string[]> _retries = Usage.Flag("--retries", "N", "Number of retries of a failed request [6]");
    private readonly Option<string[]> _keyEnv = Usage.Flag("--key-env", "NAME",
        "Environment variable that holds the endpoint's key [OPENAI_API_KEY]");
    private readonly Option<string[]> _keyFile = Usage.Flag("--key-file", "FILE",
        "File that holds the key, readable only by you (mode 600)");

    public IEnumerable<Option> Options =>
        [_concurrency, _rpm, _tpm, _budgetTokens, _budgetCost, _promptPrice, _completionPrice, _timeout, _retries, _keyEnv, _keyFile];

    /// <summary>Returns the limits, with those that were given replaced.</summary>
    public TeacherLimits Read(Usage usage, TeacherLimits limits)
    {
        limits = new(
            usage.Whole(_concurrency, 1, TeacherLimits.MostConcurrency) ?? limits.Concurrency,
            usage.Whole(_rpm, 1, int.MaxValue) ?? limits.Rpm,
            usage.Whole(_tpm, 1, int.MaxValue) ?? limits.Tpm,
            Number(usage, _budgetTokens, isWhole: true) is { } tokens ? (long)tokens : limits.BudgetTokens,
            Number(usage, _budgetCost) ?? limits.BudgetCost,
            Number(usage, _promptPrice) ?? limits.PromptPrice,
            Number(usage, _completionPrice) ?? limits.CompletionPrice,
            usage.Whole(_timeout, 1, 86_400) ?? limits.TimeoutSeconds,
            usage.Whole(_retries, 0, 100) ?? limits.Retries);
        if (limits.BudgetCost is not null && limits.PromptPrice is null && limits.CompletionPrice is null)
        {
            usage.Add("--budget-cost needs prices; give --price-prompt and --price-completion.");
        }

        return limits;
    }

    /// <summary>Returns the address, with the location of the key replaced if one was given.</summary>
    public TeacherAddress ReadKey(Usage usage, TeacherAddress address)
    {
        string? file = usage.Path(_keyFile);
        string? variable = usage.Text(_keyEnv);
        return file is null && variable is null ? address
            : address with { KeyFile = file is null ? null : Path.GetFullPath(file), KeyVariable = variable ?? address.KeyVariable };
    }

    private static double? Number(Usage usage, Option<string[]> flag, bool isWhole = false)
    {
        if (usage.Text(flag) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= 0 && value <= 1e15
            && (!isWhole || value == Math.Floor(value)))
        {
            return value;
        }

        usage.Add($"{flag.Name} {text} is out of range; give a {(isWhole ? "whole " : "")}number from 0.");
        return null;
    }
}
