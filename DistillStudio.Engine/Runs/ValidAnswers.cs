using System.Collections;
using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// Records which validation rows each evaluation answered correctly, in <c>valid-answers.jsonl</c>: a first line with the rows' ordered
/// fingerprint and keys, then one line per evaluation with a bit per row, in base64, the lowest bit of a byte first.
/// </summary>
public static class ValidAnswers
{
    internal const string FileName = "valid-answers.jsonl";

    /// <summary>Maximum file size; ten thousand evaluations of the largest validation split take a tenth of it.</summary>
    private const long MaxBytes = 256 << 20;

    /// <summary>Leaves out the fields of the other kind of line.</summary>
    private static readonly JsonSerializerOptions Json =
        new(EngineJson.Events) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>A line of the file: the first two fields, or the last two.</summary>
    private sealed record Line(string? Fingerprint = null, IReadOnlyList<string>? Rows = null, int? Step = null, byte[]? Correct = null)
    {
        public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];
    }

    /// <summary>Reads the record of a run, which may still be training; skips lines that a crash cut short.</summary>
    /// <param name="run">The run's folder.</param>
    /// <returns>Null if the run has none: an older program recorded it, or it has not begun.</returns>
    /// <exception cref="InputException">The file exists but cannot be read.</exception>
    public static ValidationRecord? Read(string run)
    {
        string path = Path.Combine(run, FileName);
        if (!Path.Exists(path))
        {
            return null;
        }

        try
        {
            (string Fingerprint, IReadOnlyList<string> Rows)? head = null;
            var evaluations = new List<ValidationAnswers>();
            foreach (Line line in ReadLines(path))
            {
                if (line is { Fingerprint: { } fingerprint, Rows: { } rows })
                {
                    head = (fingerprint, rows);
                    evaluations.Clear();
                }
                else if (line is { Step: { } step, Correct: { } bits } && head is { } known && bits.Length == BytesFor(known.Rows.Count))
                {
                    evaluations.RemoveAll(earlier => earlier.Step >= step);
                    evaluations.Add(new(step, new BitArray(bits) { Length = known.Rows.Count }));
                }
            }

            return head is { } found ? new(found.Fingerprint, found.Rows, evaluations) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }
    }

    /// <summary>
    /// Begins the file of a run, or removes the evaluations after the step from which the run is resumed; starts it over if the rows
    /// differ.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="rows">The validation rows that are evaluated.</param>
    /// <param name="validatedStep">The last evaluation to keep; 0 for none.</param>
    /// <returns>False if evaluations were dropped because they were made on other rows.</returns>
    /// <exception cref="IOException">The file cannot be written; it is unchanged.</exception>
    internal static bool Begin(string run, IReadOnlyList<TrainingRow> rows, int validatedStep)
    {
        string fingerprint = RowDigests.FingerprintOf(rows).Ordered;
        ValidationRecord? before = Read(run);
        ValidationAnswers[] due = [.. before?.Evaluations.Where(evaluation => evaluation.Step <= validatedStep) ?? []];
        ValidationAnswers[] kept = before?.Fingerprint == fingerprint ? due : [];
        AtomicFile.Write(Path.Combine(run, FileName), stream =>
        {
            stream.Write(new Line(fingerprint, RowDigests.KeysOf(rows)).Write());
            foreach (ValidationAnswers evaluation in kept)
            {
                stream.Write(LineOf(evaluation.Step, evaluation.Correct));
            }
        });
        return kept.Length == due.Length;
    }

    /// <summary>Appends an evaluation.</summary>
    /// <param name="run">The run's folder, after <see cref="Begin"/>.</param>
    /// <param name="step">Step of the weights.</param>
    /// <param name="answers">Answers to the rows given to <see cref="Begin"/>, in order.</param>
    internal static void Append(string run, int step, IReadOnlyList<Answer> answers)
    {
        using FileStream file = LineFile.Open(Path.Combine(run, FileName));
        LineFile.Append(file, LineOf(step, new BitArray([.. answers.Select(answer => answer.IsCorrect)])));
    }

    private static byte[] LineOf(int step, BitArray correct)
    {
        byte[] bits = new byte[BytesFor(correct.Count)];
        correct.CopyTo(bits, 0);
        return new Line(Step: step, Correct: bits).Write();
    }

    private static int BytesFor(int rows) => (rows + 7) / 8;

    private static IEnumerable<Line> ReadLines(string path)
    {
        using var reader = new StreamReader(PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, limit: MaxBytes));
        while (reader.ReadLine() is { } text)
        {
            if (Parse(text) is { } line)
            {
                yield return line;
            }
        }
    }

    private static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, Json);
        }
        catch (JsonException)
        {
            return null; // cut short by a crash
        }
    }
}
