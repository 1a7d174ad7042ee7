using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Teachers;

/// <summary>A question to which no reply came, after all retries; a later attempt may still record a completion.</summary>
/// <param name="Row">Index of the row in its split, from 0.</param>
/// <param name="Sample">Index of the sample, from 0.</param>
public sealed record TeacherFailure(int Row, int Sample, DateTimeOffset At);

/// <summary>
/// The append-only record of a job's failed questions, which tells a row that got no reply from one that was never asked about. Jobs of
/// earlier programs have none.
/// </summary>
public static class FailureLog
{
    /// <summary>Returns the rows with a failed question.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static IReadOnlySet<int> ReadRows(string path) =>
        JsonLineLog.Read<TeacherFailure>(path).Select(failure => failure.Row).ToHashSet();

    /// <summary>Appends failures and flushes them to disk.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Append(string path, IEnumerable<TeacherFailure> failures) => JsonLineLog.Append(path, failures);
}
