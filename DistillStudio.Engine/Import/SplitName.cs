using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>Names of splits as used in files: <c>validation</c> and <c>dev</c> are <c>valid</c>.</summary>
public static class SplitName
{
    /// <summary>Returns <c>train</c>, <c>valid</c> or <c>test</c>; null for a text that names none.</summary>
    public static string? Parse(string text) => OverlookedFiles.SplitIn(text.Trim());

    /// <summary>Returns the split that a file's name names; null if it names none or several.</summary>
    public static string? OfFile(string path) => Parse(Path.GetFileName(path));
}
