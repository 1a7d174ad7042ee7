using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Settings;

/// <summary>Names of teachers in user input.</summary>
public static class TeacherNames
{
    /// <summary>Name that stands for no teacher.</summary>
    public const string None = "none";

    /// <summary>
    /// Parses the name of a teacher: known names case-insensitive, others unchanged; returns null for <see cref="None"/>.
    /// </summary>
    public static string? Parse(string? text) =>
        new[] { None, DatasetLayout.Palm, DatasetLayout.Gpt }.FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) switch
        {
            None => null,
            { } known => known,
            null => text,
        };
}
