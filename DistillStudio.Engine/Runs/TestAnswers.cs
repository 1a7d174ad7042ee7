using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>An answer to a test row, as stored.</summary>
/// <param name="Row">Index of the row in the test file.</param>
/// <param name="LabelLogProbability">As in <see cref="Answer"/>; also null for runs recorded by an older program.</param>
/// <param name="Key">The row's content, as in <see cref="RowDigests.KeysOf"/>; null for runs recorded by an older program.</param>
public sealed record TestAnswer(
    int Row,
    string Label,
    string? Rationale,
    bool IsCorrect,
    bool IsLabelTruncated,
    bool IsRationaleTruncated,
    double? LabelLogProbability = null,
    string? Key = null);

/// <summary>
/// Answers to the test rows, one JSON line per row, so that two runs can be compared row by row: <c>test-answers.jsonl</c> holds those of
/// the exported weights; <c>test-answers-best.jsonl</c> or <c>test-answers-last.jsonl</c> those of the other weights, where best and last
/// differ.
/// </summary>
public static class TestAnswers
{
    internal const string FileName = "test-answers.jsonl";

    /// <summary>Maximum file size; a hundred times that of the largest test split.</summary>
    private const long MaxBytes = 256 << 20;

    /// <summary>Writes the answers of a finished run, replacing those of an earlier completion.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="rows">The rows tested, to which <see cref="Answer.Row"/> refers.</param>
    /// <param name="exported">Answers of the exported weights.</param>
    /// <param name="which">Which weights were exported.</param>
    /// <param name="others">Answers of the other weights; null if best and last are the same.</param>
    internal static void Write(
        string run, IReadOnlyList<TrainingRow> rows, IReadOnlyList<Answer> exported, KeepModel which, IReadOnlyList<Answer>? others)
    {
        IReadOnlyList<string> keys = RowDigests.KeysOf(rows);
        KeepModel other = which == KeepModel.Best ? KeepModel.Last : KeepModel.Best;
        File.Delete(PathOf(run, which));
        if (others is null)
        {
            File.Delete(PathOf(run, other));
        }
        else
        {
            Write(PathOf(run, other), rows, keys, others);
        }

        Write(Path.Combine(run, FileName), rows, keys, exported);
    }

    /// <summary>Returns the answers of a run's exported weights, or of its best or last ones.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="weights">Null for the exported weights.</param>
    /// <exception cref="InputException">The run kept no such answers, or they cannot be read.</exception>
    public static IReadOnlyList<TestAnswer> Read(string run, KeepModel? weights = null)
    {
        string path = weights is { } which && File.Exists(PathOf(run, which)) ? PathOf(run, which) : Path.Combine(run, FileName);
        if (!Path.Exists(path))
        {
            throw new InputException($"{run} holds no {FileName}: the run's test did not complete, or was made by a version that kept "
                + $"no answers.");
        }

        IReadOnlyList<TestAnswer> answers = ReadFile(path);
        return weights is null || answers.All(answer => answer.Key is not null)
            ? answers // where the file of these weights is missing, the exported ones are both best and last
            : throw new InputException($"{run} kept only the answers of its exported weights, since an earlier version tested it; "
                + $"train it again to compare others.");
    }

    /// <summary>
    /// Pairs the answers of two runs to the same rows, by content. Answers of older programs have no content and pair by their position in
    /// the file, only where both runs are known to have read the same file.
    /// </summary>
    /// <param name="firstRun">A run's folder.</param>
    /// <param name="secondRun">A run's folder.</param>
    /// <param name="weights">As for <see cref="Read"/>.</param>
    public static TestPairing Pair(string firstRun, string secondRun, KeepModel? weights = null)
    {
        try
        {
            IReadOnlyList<TestAnswer> first = Read(firstRun, weights);
            IReadOnlyList<TestAnswer> second = Read(secondRun, weights);
            bool areKeyed = first.Concat(second).All(answer => answer.Key is not null);
            return !areKeyed && WhyNotByRow(firstRun, secondRun) is { } why
                ? TestPairing.Refuse(first.Count, second.Count, why)
                : Pair(first, second, answer => areKeyed ? answer.Key! : $"{answer.Row}");
        }
        catch (InputException e)
        {
            return TestPairing.Refuse(0, 0, e.Message);
        }
    }

    private static TestPairing Pair(IReadOnlyList<TestAnswer> first, IReadOnlyList<TestAnswer> second, Func<TestAnswer, string> keyOf)
    {
        Dictionary<string, TestAnswer> others = second.ToDictionary(keyOf);
        AnswerPair[] shared =
            [.. first.Where(answer => others.ContainsKey(keyOf(answer))).Select(answer => new AnswerPair(answer, others[keyOf(answer)]))];
        return shared.Length > 0
            ? new(first.Count, second.Count, shared, null)
            : TestPairing.Refuse(
                first.Count, second.Count,
                $"The two were tested on different rows: none of the {first.Count} of one is among the {second.Count} of the other.");
    }

    /// <summary>Returns why answers without content cannot be paired by their position in the file; null if they can.</summary>
    private static string? WhyNotByRow(string firstRun, string secondRun)
    {
        (Started? first, Started? second) = (StartOf(firstRun), StartOf(secondRun));
        if (first is { Fingerprints.Test: { } one } && second is { Fingerprints.Test: { } other })
        {
            return one.Ordered == other.Ordered ? null
                : "The two were tested on different rows or in another order, and one of them does not record which row each of its "
                    + "answers belongs to.";
        }

        return first is not null && first.Spec.Dataset == second?.Spec.Dataset
            && DatasetCatalog.All.Any(dataset => dataset.Name == first.Spec.Dataset && dataset.IsGenerated)
            ? null
            : "An earlier version tested at least one of the two and did not record which rows its answers belong to, "
                + "so they cannot be paired; train it again.";
    }

    private static Started? StartOf(string run)
    {
        try
        {
            return EventLine.ReadAll(RunFolder.Open(run).EventsPath).OfType<Started>().FirstOrDefault();
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string PathOf(string run, KeepModel weights) =>
        Path.Combine(run, weights == KeepModel.Best ? "test-answers-best.jsonl" : "test-answers-last.jsonl");

    private static void Write(string path, IReadOnlyList<TrainingRow> rows, IReadOnlyList<string> keys, IReadOnlyList<Answer> answers) =>
        AtomicFile.Write(path, stream =>
        {
            foreach (Answer a in answers)
            {
                var answer = new TestAnswer(
                    rows[a.Row].Index, a.Label, a.Rationale, a.IsCorrect, a.IsLabelTruncated, a.IsRationaleTruncated, a.LabelLogProbability,
                    keys[a.Row]);
                JsonSerializer.Serialize(stream, answer, EngineJson.Events);
                stream.WriteByte((byte)'\n');
            }
        });

    /// <exception cref="InputException">The file cannot be read, or holds two answers to a row.</exception>
    private static List<TestAnswer> ReadFile(string path)
    {
        try
        {
            var answers = new List<TestAnswer>();
            PlainFile.RequirePlain(path, MaxBytes);
            JsonRows.Read(path, (_, line) =>
                answers.Add(line.Deserialize<TestAnswer>(EngineJson.Events) ?? throw new JsonException("a line holds null")));
            return answers.DistinctBy(answer => answer.Row).Count() == answers.Count
                && answers.DistinctBy(answer => answer.Key ?? $"{answer.Row}").Count() == answers.Count
                ? answers
                : throw new JsonException("it holds two answers to one row");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); restore the file, or train the run again.", e);
        }
    }
}
