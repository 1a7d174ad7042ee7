using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Teachers;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>Writes the result of a dry run.</summary>
internal static class DryRunText
{
    private const int ShownAnswer = 600;

    public static void Write(Terminal terminal, DryRun run, bool isJson)
    {
        if (isJson)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(run, EngineJson.Events));
            return;
        }

        IAnsiConsole console = terminal.Console;
        console.WriteLine($"The prompt of row {run.Rows[0].Row + 1}, template {run.Template}:");
        console.WriteLine();
        console.WriteLine(run.Rows[0].Prompt);
        Table table = Tables.Create("row", "answer", "label", "truth", "");
        foreach (DryRow row in run.Rows)
        {
            string verdict = row.Problem is not null ? "no answer" : !row.IsParsed ? "unreadable" : row.Agrees ? "agrees" : "differs";
            table.AddRow(Tables.Cells($"{row.Row + 1}", row.Problem ?? SettingLimits.Cut(row.Answer.Trim(), ShownAnswer), row.Label,
                row.Truth, verdict));
        }

        console.Write(table);
        int answered = run.Rows.Count(r => r.Problem is null);
        console.WriteLine($"{answered} of {run.Rows.Count} answered, {run.Rows.Count(r => r.IsParsed)} read, "
            + $"{run.Rows.Count(r => r.Agrees)} agree with the truth.");
        if (run.Trouble is { } trouble)
        {
            console.WriteLine(trouble);
        }

        console.WriteLine(run.Estimate is not { } all
            ? "The tokens of all rows cannot be estimated."
            : $"All {Format.Count(all.Rows)} rows: {Format.Count(all.Requests)} requests, about {Format.Count(all.PromptTokens)} prompt "
                + $"and {Format.Count(all.CompletionTokens)} completion tokens, "
                + $"{Format.Duration(all.Seconds)}"
                + (all.Cost is { } cost
                    ? $", cost {TeacherText.Money(cost)}."
                    : "; give --price-prompt and --price-completion to see the cost."));
    }
}
