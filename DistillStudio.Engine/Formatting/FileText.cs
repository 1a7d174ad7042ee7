
namespace DistillStudio.Engine.Formatting;

/// <summary>Sanitizes text from an untrusted file for use in a message.</summary>
internal static class FileText
{
    private const int MaxLength = 120;
    private const int MaxItems = 40;

    /// <summary>Returns the text shortened and without control characters.</summary>
    internal static string Text(string text) =>
        new string([.. text.Take(MaxLength).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)])
            + (text.Length > MaxLength ? "…" : "");

    internal static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Returns all items of a list, unless it is very long.</summary>
    internal static string List(IReadOnlyList<string> items) =>
        string.Join(", ", items.Take(MaxItems).Select(Text)) + (items.Count > MaxItems ? $" and {items.Count - MaxItems} more" : "");
}
