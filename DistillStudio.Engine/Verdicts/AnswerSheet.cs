using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Answers of one run's exported weights to its test rows, by the content of the rows.</summary>
/// <param name="IsRight">Whether the row with this key was answered correctly.</param>
/// <param name="CommonestShare">Share of the rows that got the run's most frequent answer, in (0, 1].</param>
internal sealed record AnswerSheet(IReadOnlyDictionary<string, bool> IsRight, double CommonestShare)
{
    /// <summary>Returns null if the answers are missing or damaged.</summary>
    public static AnswerSheet? Read(ComparedRun run)
    {
        string path = Path.Combine(run.Folder, "test-answers.jsonl");
        if (!Path.Exists(path))
        {
            return null;
        }

        List<Answer> answers = [];
        JsonRows.Read(path, (_, line) => answers.Add(line.Deserialize<Answer>(EngineJson.Events)!));
        return new(answers.ToDictionary(a => $"{a.Row}", a => a.IsCorrect), answers.CountBy(a => a.Label).Max(pair => pair.Value) / (double)answers.Count);
    }

    /// <summary>Returns the keys that all sheets have, in the order of the first.</summary>
    public static IReadOnlyList<string> SharedKeys(IReadOnlyList<AnswerSheet> sheets) =>
        sheets.Count == 0 ? [] : [.. sheets[0].IsRight.Keys.Where(key => sheets.All(sheet => sheet.IsRight.ContainsKey(key)))];

    /// <summary>Returns whether each of the rows was answered correctly.</summary>
    public IReadOnlyList<bool> On(IReadOnlyList<string> keys) => [.. keys.Select(key => IsRight[key])];
}
