using System.Buffers;

namespace DistillStudio.Engine.Import;

/// <summary>Names of columns as a template of the input can hold them.</summary>
internal static class ColumnName
{
    private static readonly SearchValues<char> Special = SearchValues.Create("{}\\\r\n\t");

    /// <summary>Replaces braces by parentheses, a backslash by a slash, and each line break, with what is blank around it, by a
    /// blank.</summary>
    public static string Of(string name)
    {
        if (!name.AsSpan().ContainsAny(Special))
        {
            return name;
        }

        string[] lines = name.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join(' ', lines).Replace('{', '(').Replace('}', ')').Replace('\\', '/');
    }
}
