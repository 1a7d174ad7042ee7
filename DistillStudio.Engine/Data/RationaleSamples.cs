namespace DistillStudio.Engine.Data;

/// <summary>
/// Names under which a teacher's second and later rationales are kept: for the teacher NAME, the teachers NAME.2, NAME.3, …, as written by
/// a teacher job.
/// </summary>
public static class RationaleSamples
{
    /// <summary>Returns the names in order up to the first that is missing.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="most">Maximum number of rationales per row, including the teacher's own.</param>
    /// <param name="exists">Returns true if there is a teacher of this name.</param>
    public static IEnumerable<string> NamesOf(string teacher, int most, Func<string, bool> exists)
    {
        for (int i = 2; i <= most && $"{teacher}.{i}" is var name && DatasetLayout.IsTeacherName(name) && exists(name); i++)
        {
            yield return name;
        }
    }
}
