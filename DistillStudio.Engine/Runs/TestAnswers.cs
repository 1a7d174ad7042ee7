using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// Answers of the exported weights to the test rows, one JSON line per row, so that two runs can be compared row by row.
/// </summary>
public static class TestAnswers
{
    internal const string FileName = "test-answers.jsonl";

    /// <summary>Maximum file size; a hundred times that of the largest test split.</summary>
    private const long MaxBytes = 256 << 20;

    /// <param name="path">The run folder's <see cref="RunFolder.TestAnswersPath"/>.</param>
    /// <param name="answers">Answers with their row numbers in the test file.</param>
    public static void Write(string path, IEnumerable<Answer> answers) =>
        AtomicFile.Write(path, stream =>
        {
            foreach (Answer answer in answers)
            {
                JsonSerializer.Serialize(stream, answer, EngineJson.Events);
                stream.WriteByte((byte)'\n');
            }
        });

    /// <summary>Reads all answers.</summary>
    /// <param name="path">The run folder's <see cref="RunFolder.TestAnswersPath"/>.</param>
    /// <exception cref="InputException">The file is missing or damaged.</exception>
    public static IReadOnlyList<Answer> ReadAll(string path)
    {
        try
        {
            var answers = new List<Answer>();
            PlainFile.RequirePlain(path, MaxBytes);
            JsonRows.Read(path, (_, line) => answers.Add(line.Deserialize<Answer>(EngineJson.Events) ?? throw new JsonException("a line holds null")));
            return answers;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); restore the file.", e);
        }
    }

    /// <summary>Compares two runs on the rows that both answered; returns null if either has no answers or they share no row.</summary>
    /// <param name="firstRun">A run's folder.</param>
    /// <param name="secondRun">A run's folder.</param>
    public static PairedComparison? Compare(string firstRun, string secondRun)
    {
        if (Read(firstRun) is not { } first || Read(secondRun) is not { } second)
        {
            return null;
        }

        int[] shared = [.. first.Keys.Where(second.ContainsKey)];
        return shared.Length == 0 ? null : PairedComparison.Of([.. shared.Select(row => first[row])], [.. shared.Select(row => second[row])]);
    }

    /// <summary>Returns correctness by row; null if the file is missing or damaged.</summary>
    private static Dictionary<int, bool>? Read(string run)
    {
        try
        {
            return ReadAll(Path.Combine(run, FileName)).ToDictionary(answer => answer.Row, answer => answer.IsCorrect);
        }
        catch (Exception e) when (e is InputException or ArgumentException)
        {
            return null; // an unavailable comparison is omitted; the figures of each run remain
        }
    }
}
