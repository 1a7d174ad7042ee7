namespace DistillStudio.Components.Pages.Help;

/// <summary>
/// Converts links between the manual's Markdown files, as resolved by a code host such as GitHub, to links within the studio.
/// </summary>
internal static class ManualLinks
{
    /// <summary>File of the contents page; a code host shows the file with this name for a folder.</summary>
    public const string ContentsFile = "README.md";

    private const string Extension = ".md";

    /// <summary>Returns the address to link to; null if the target is neither in the manual nor an https address.</summary>
    /// <param name="chapter">The chapter that holds the link.</param>
    /// <param name="url">The link target as written in the Markdown.</param>
    public static string? Resolve(string chapter, string url)
    {
        if (IsExternal(url))
        {
            return url;
        }

        (string path, string anchor) = Split(url);
        if (path.Length == 0)
        {
            return anchor.Length == 0 ? null : Chapter.AddressOf(chapter, anchor);
        }

        return IsOwnFile(path) && path.EndsWith(Extension, StringComparison.Ordinal) ? Chapter.AddressOf(NameOf(path), anchor) : null;
    }

    /// <summary>Returns the address of an image in the manual's folder; null if it is elsewhere.</summary>
    public static string? ResolveImage(string url) => IsOwnFile(url) ? $"{UserManual.Folder}/{url}" : null;

    public static bool IsExternal(string url) => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the chapter's name: <c>method</c> for <c>method.md</c>.</summary>
    public static string NameOf(string file) => file == ContentsFile ? "" : file[..^Extension.Length];

    private static (string Path, string Anchor) Split(string url)
    {
        int hash = url.IndexOf('#', StringComparison.Ordinal);
        return hash < 0 ? (url, "") : (url[..hash], url[(hash + 1)..]);
    }

    /// <summary>Accepts plain relative paths: no scheme, no host, no parent folder.</summary>
    private static bool IsOwnFile(string path) =>
        path.Length > 0 && path[0] != '/'
        && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
        && !path.Contains("..", StringComparison.Ordinal);
}
