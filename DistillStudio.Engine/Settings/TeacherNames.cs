using DistillStudio.Engine.Data;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>How teachers are spelled where a user names one.</summary>
public static class TeacherNames
{
    /// <summary>Spells that no teacher is used.</summary>
    public const string None = "none";

    /// <summary>The teacher that a text names: the known names in any case, another as it is; null for <see cref="None"/>.</summary>
    public static string? Parse(string? text) =>
        new[] { None, DatasetLayout.Palm, DatasetLayout.Gpt }.FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) switch
        {
            None => null,
            { } known => known,
            null => text,
        };
}
