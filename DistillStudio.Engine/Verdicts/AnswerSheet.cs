using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Answers of one run's exported weights to its test rows.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Answers">At least one.</param>
internal sealed record AnswerSheet(string Folder, IReadOnlyList<TestAnswer> Answers)
{
    /// <summary>Share of the rows that got the run's most frequent answer, in (0, 1].</summary>
    public double CommonestShare => Answers.CountBy(answer => answer.Label).Max(pair => pair.Value) / (double)Answers.Count;

    /// <summary>Returns null if the answers are missing or damaged.</summary>
    public static AnswerSheet? Read(ComparedRun run)
    {
        try
        {
            return TestAnswers.Read(run.Folder) is { Count: > 0 } answers ? new(run.Folder, answers) : null;
        }
        catch (InputException)
        {
            return null; // pairing it says why
        }
    }

    /// <summary>Returns what <see cref="Align"/> takes, without labels and rationales, which need far more memory.</summary>
    public AnswerSheet WithoutTexts() => this with
    {
        Answers = [
            .. Answers.Select(answer => new TestAnswer(answer.Row, "", null, answer.IsCorrect, false, false, Key: answer.Key))
        ],
    };

    /// <summary>
    /// Returns, for each run, whether it answered the rows that all share, in one order: by content, or by place in the file where no
    /// content was recorded and all read the same file. Empty if they share no row.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<bool>> Align(IReadOnlyList<AnswerSheet> sheets)
    {
        bool areKeyed = sheets.All(sheet => sheet.Answers.All(answer => answer.Key is not null));
        if (!areKeyed && sheets.Skip(1).Any(sheet => TestAnswers.Pair(sheets[0].Folder, sheet.Folder).Refusal is not null))
        {
            return [];
        }

        Dictionary<string, bool>[] answers = [
            .. sheets.Select(
                sheet => sheet.Answers.ToDictionary(answer => areKeyed ? answer.Key! : $"{answer.Row}", answer => answer.IsCorrect))
        ];
        string[] shared = [.. answers[0].Keys.Where(key => answers.All(run => run.ContainsKey(key)))];
        return shared.Length == 0 ? [] : [.. answers.Select(run => (IReadOnlyList<bool>)[.. shared.Select(key => run[key])])];
    }
}
