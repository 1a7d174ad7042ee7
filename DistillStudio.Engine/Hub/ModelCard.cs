using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>The metadata of a model's card: the YAML between two lines of dashes at the top of its <c>README.md</c>.</summary>
public static class ModelCard
{
    public const string FileName = HubFiles.Readme;

    private const int LargestCard = 16 * ByteSize.MB;
    private const int LongestLicence = 200;
    private const string Fence = "---";

    /// <summary>Returns the licence as written in the card of a folder, several separated by commas; null if it names none.</summary>
    public static string? LicenceIn(string folder)
    {
        try
        {
            string path = Path.Combine(folder, FileName);
            return File.Exists(path) ? LicenceOf(PlainFile.ReadAllText(path, LargestCard)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns the licence of a card's text; for <c>other</c>, its name.</summary>
    public static string? LicenceOf(string card)
    {
        string[] lines = [.. card.TrimStart('\uFEFF').Split('\n').Select(line => line.TrimEnd()).Take(1000)];
        int end = lines[0] == Fence ? Array.IndexOf(lines, Fence, 1) : -1;
        string[] head = end < 0 ? [] : lines[1..end];
        string licence = string.Join(", ", Values(head, "license"));
        string named = licence == "other" ? string.Join(", ", Values(head, "license_name")) : "";
        string found = named.Length > 0 ? named : licence;
        return found.Length is 0 or > LongestLicence || found.Any(char.IsControl) ? null : found;
    }

    /// <summary>Returns the values of a key: on its line, or as a list on the lines that follow.</summary>
    private static IEnumerable<string> Values(string[] head, string key)
    {
        int at = Array.FindIndex(head, line => line.StartsWith(key + ":", StringComparison.Ordinal));
        if (at < 0)
        {
            return [];
        }

        string value = head[at][(key.Length + 1)..].Trim();
        IEnumerable<string> values = value.Length == 0
            ? head.Skip(at + 1).Select(line => line.TrimStart()).TakeWhile(line => line.StartsWith("- ", StringComparison.Ordinal))
                .Select(line => line[2..])
            : value.StartsWith('[') ? value.Trim('[', ']').Split(',')
            : [value];
        return values.Select(Plain).Where(text => text.Length > 0);
    }

    /// <summary>Returns a scalar without its quotes or the comment after it.</summary>
    private static string Plain(string text)
    {
        int comment = text.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? text : text[..comment]).Trim().Trim('"', '\'').Trim();
    }
}
