using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>Rows of a teacher that are listed beside its completions.</summary>
/// <param name="Rejected">Rows that a review rejected; null if there was no review.</param>
/// <param name="Unasked">Rows that it was not asked about.</param>
/// <param name="Unanswered">Rows for which it was asked and no reply came.</param>
internal sealed record ListedRows(IEnumerable<int>? Rejected, IReadOnlyCollection<int> Unasked, IReadOnlyCollection<int> Unanswered);

/// <summary>Writes the files of a teacher: completions, listed rows, and its record.</summary>
internal static class OutcomeFiles
{
    /// <summary>Completions per file for datasets whose published teacher has no files.</summary>
    private const int UsualChunk = 1000;

    public static JsonSerializerOptions Indented { get; } = new(EngineJson.Events) { WriteIndented = true };

    /// <summary>Writes all files into a folder next to the target first, so that an interruption leaves no mixture.</summary>
    /// <param name="info">The dataset to which the rows belong.</param>
    /// <param name="record">How the answers were produced.</param>
    /// <param name="answers">Readings by row; null for a row without a usable answer.</param>
    /// <param name="listed">The rows to list.</param>
    /// <param name="folder">The teacher's folder.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static void Write(
        DatasetInfo info, TeacherRecord record, ReadOnlySpan<CompletionReading?> answers, ListedRows listed, string folder)
    {
        string split = record.Job.Split;
        int size = info.ChunkSize > 0 ? info.ChunkSize : UsualChunk;
        string staging = Path.Combine(Path.GetDirectoryName(folder)!, $".staging-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(staging);
            for (int first = 0; first < answers.Length; first += size)
            {
                string[] texts = [.. answers[first..Math.Min(first + size, answers.Length)].ToArray().Select(answer => answer?.Text ?? "")];
                AtomicFile.WriteAllText(
                    Path.Combine(staging, $"{split}_CoT_{first / size}.json"), JsonSerializer.Serialize(texts, EngineJson.Events));
            }

            (string Name, IEnumerable<int>? Rows)[] lists =
            [
                (RejectedAnswers.NameOf(split), listed.Rejected),
                (UnaskedRows.NameOf(split), listed.Unasked.Count > 0 ? listed.Unasked : null),
                (UnaskedRows.NameOfUnanswered(split), listed.Unanswered.Count > 0 ? listed.Unanswered : null),
            ];
            foreach ((string name, IEnumerable<int>? rows) in lists)
            {
                if (rows is not null)
                {
                    RowNumbers.Write(Path.Combine(staging, name), rows);
                }
            }

            Directory.CreateDirectory(folder);
            Dictionary<string, TeacherRecord> records = TeacherOutcome.ReadRecords(folder);
            records[split] = record;
            AtomicFile.WriteAllText(Path.Combine(folder, TeacherOutcome.RecordName), JsonSerializer.Serialize(records, Indented));
            foreach (string old in Directory.GetFiles(folder, $"{split}_CoT_*").Concat(
                lists.Select(list => Path.Combine(folder, list.Name))))
            {
                File.Delete(old);
            }

            foreach (string file in Directory.GetFiles(staging))
            {
                File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written ({e.Message.TrimEnd('.')}); make it writable. "
                + $"The answers are kept with the job.", e);
        }
        finally
        {
            TryDelete(staging);
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a hidden folder that nothing reads
        }
    }
}
