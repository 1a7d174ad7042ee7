using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands;

/// <summary>Checks a path as a user wrote it.</summary>
internal static class PathText
{
    /// <summary>Returns why the text cannot be a path, as the rest of a sentence about it; null if it can.</summary>
    public static string? WhyNot(string path) => string.IsNullOrWhiteSpace(path) ? "is empty"
        : path.Contains('\0', StringComparison.Ordinal) ? "holds a null character"
        : path.Length > SettingLimits.LongestText ? $"has {path.Length:N0} characters, more than the {SettingLimits.LongestText:N0} that "
            + $"are allowed"
        : null;
}
