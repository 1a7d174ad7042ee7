using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>What a reviewer decided on a row.</summary>
public enum ReviewVerdict
{
    /// <summary>Rated only.</summary>
    None,
    Accepted,

    /// <summary>Replaced by the reviewer's text; the teacher's remains in the record next to it.</summary>
    Edited,

    /// <summary>Excluded from training.</summary>
    Rejected,
}

/// <summary>A reviewer's decision on the answer for one row.</summary>
/// <param name="Rationale">The edited rationale; null unless edited.</param>
/// <param name="Label">The edited label; null unless edited.</param>
/// <param name="Rating">1 to 5; null for none.</param>
public sealed record TeacherReview(int Row, ReviewVerdict Verdict, string? Rationale, string? Label, int? Rating, DateTimeOffset At);

/// <summary>The append-only record of a job's reviews; the last one of a row counts.</summary>
public static class ReviewLog
{
    private const int LargestFile = 1_000_000_000;

    /// <summary>Returns the last review of each row that has one.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static Dictionary<int, TeacherReview> Read(string path)
    {
        var reviews = new Dictionary<int, TeacherReview>();
        if (!Path.Exists(path))
        {
            return reviews;
        }

        try
        {
            foreach (string line in PlainFile.ReadAllText(path, LargestFile).Split('\n'))
            {
                if (Parse(line) is { } review)
                {
                    reviews[review.Row] = review;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", e);
        }

        return reviews;
    }

    /// <summary>Appends a review and flushes it to disk.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Append(string path, TeacherReview review)
    {
        try
        {
            using FileStream file = PlainFile.OpenOrCreate(path, FileShare.Read);
            file.Position = Math.Max(0, file.Length - 1);
            bool isCut = file.Length > 0 && file.ReadByte() != '\n';
            file.Position = file.Length;
            file.Write(Encoding.UTF8.GetBytes($"{(isCut ? "\n" : "")}{JsonSerializer.Serialize(review, EngineJson.Events)}\n"));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written ({e.Message.TrimEnd('.')}); make it writable.", e);
        }
    }

    private static TeacherReview? Parse(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<TeacherReview>(line, EngineJson.Events);
        }
        catch (JsonException)
        {
            return null; // truncated by a crash
        }
    }
}
