using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>The position of a row in its file.</summary>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Number">Element number from 1 if the file is one array; null if each line is a row.</param>
internal readonly record struct RowPlace(string File, int Line, int? Number)
{
    public InputException Refuse(string what, string remedy, Exception? cause = null) =>
        new($"{File}, {(Number is { } number ? $"row {number}, " : "")}line {Line}: {what}; {remedy}.", cause);
}

/// <summary>Reads JSON rows: one per line, or all in one array.</summary>
internal static class JsonRows
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{},"u8);
    private static readonly SearchValues<byte> StringEnds = SearchValues.Create("\"\\"u8);

    /// <summary>Calls <paramref name="read"/> with the place and the JSON of each row.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Receives the rows.</param>
    /// <param name="digest">Receives the whole text of the file; null for none.</param>
    /// <exception cref="InputException">The file cannot be read, or a row is not JSON.</exception>
    public static void Read(string path, Action<RowPlace, JsonElement> read, IncrementalHash? digest = null) => Scan(
        path,
        (place, text) =>
        {
            using JsonDocument document = Parse(place, text);
            read(place, document.RootElement);
            return true;
        },
        digest);

    /// <summary>Counts the rows without parsing them.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static int Count(string path)
    {
        int count = 0;
        Scan(path, (_, _) => ++count > 0);
        return count;
    }

    private static void Scan(string path, Func<RowPlace, ReadOnlyMemory<byte>, bool> found, IncrementalHash? digest = null)
    {
        using var window = new TextWindow(path, digest);
        Scan(window, found);
    }

    /// <summary>Calls <paramref name="found"/> with the place and the bytes of each row until it returns false.</summary>
    /// <exception cref="InputException">The file cannot be read, or its array is damaged.</exception>
    internal static void Scan(TextWindow window, Func<RowPlace, ReadOnlyMemory<byte>, bool> found)
    {
        int line = 1;
        SkipBlank(window, ref line);
        if (window.Text.Span.StartsWith("["u8))
        {
            window.Advance(1);
            ScanArray(window, line, found);
        }
        else
        {
            ScanLines(window, line, found);
        }
    }

    /// <summary>Scans lines, which end with \n, \r\n or \r; blank lines are skipped.</summary>
    private static void ScanLines(TextWindow window, int line, Func<RowPlace, ReadOnlyMemory<byte>, bool> found)
    {
        int searched = 0;
        while (true)
        {
            ReadOnlyMemory<byte> text = window.Text;
            int end = text.Span[searched..].IndexOfAny((byte)'\n', (byte)'\r');
            bool isCut = end < 0 || (text.Span[searched + end] == '\r' && searched + end + 1 == text.Length);
            if (isCut && !window.IsEnd)
            {
                searched = end < 0 ? text.Length : searched + end;
                window.Fill($"line {line}: has more than {ByteSize.Format(TextWindow.MaxBytes)}; put one row on each line");
                continue;
            }

            int length = end < 0 ? text.Length : searched + end;
            bool continues = text.Span[..length].Trim(" \t"u8).IsEmpty || found(new(window.Path, line, null), text[..length]);
            if (end < 0 || !continues)
            {
                return;
            }

            window.Advance(length + (text.Span[length..].StartsWith("\r\n"u8) ? 2 : 1));
            searched = 0;
            line++;
        }
    }

    /// <summary>Scans the elements of an array whose opening bracket has been read.</summary>
    /// <param name="isWhole">True if nothing may follow the array.</param>
    internal static void ScanArray(TextWindow window, int line, Func<RowPlace, ReadOnlyMemory<byte>, bool> found, bool isWhole = true)
    {
        for (int number = 1; ; number++)
        {
            SkipBlank(window, ref line);
            var place = new RowPlace(window.Path, line, number);
            int length = ElementLength(window, place);
            if (length < 0)
            {
                throw new RowPlace(window.Path, line, null).Refuse(
                    "not valid JSON, the array is not closed", "download the file again in case it was truncated, or fix its end");
            }

            ReadOnlyMemory<byte> text = window.Text;
            RefuseIf(text.Span[length] == '}', place, "not valid JSON, one brace too many", "fix or remove the row");
            bool isLast = text.Span[length] == ']';
            if (length == 0)
            {
                // Nothing between two commas, or between a comma and the end.
                RefuseIf(!isLast || number > 1, place, "not valid JSON, a comma without a row", "remove the comma, or fix the row");
            }
            else if (!found(place, text[..length]))
            {
                return;
            }

            line += Lines(text.Span[..length]);
            window.Advance(length + 1);
            if (isLast)
            {
                break;
            }
        }

        if (!isWhole)
        {
            return;
        }

        SkipBlank(window, ref line);
        RefuseIf(
            !window.Text.IsEmpty, new(window.Path, line, null), "not valid JSON, more text after the array",
            "put all rows into one array, or fix the end");
    }

    /// <summary>
    /// Returns the number of bytes up to the comma or bracket after an array element; negative if the file ends before it.
    /// </summary>
    private static int ElementLength(TextWindow window, RowPlace place)
    {
        (int at, int depth, bool isInString) = (0, 0, false);
        while (true)
        {
            ReadOnlySpan<byte> text = window.Text.Span;
            int found = at < text.Length ? text[at..].IndexOfAny(isInString ? StringEnds : Structure) : -1;
            if (found < 0)
            {
                if (window.IsEnd)
                {
                    return -1;
                }

                at = Math.Max(at, text.Length);
                window.Fill($"row {place.Number}, line {place.Line}: has more than {ByteSize.Format(TextWindow.MaxBytes)}; "
                    + $"put one row on each line");
                continue;
            }

            at += found + 1;
            switch (text[at - 1])
            {
                case (byte)'\\':
                    at++; // the escaped character belongs to the string
                    break;
                case (byte)'"':
                    isInString = !isInString;
                    break;
                case (byte)'[' or (byte)'{':
                    depth++;
                    break;
                case (byte)',' when depth > 0:
                    break;
                case (byte)']' or (byte)'}' when depth > 0:
                    depth--;
                    break;
                default:
                    return at - 1;
            }
        }
    }

    internal static void SkipBlank(TextWindow window, ref int line)
    {
        while (true)
        {
            ReadOnlySpan<byte> text = window.Text.Span;
            int blank = text.IndexOfAnyExcept(" \t\r\n"u8);
            int length = blank < 0 ? text.Length : blank;
            line += Lines(text[..length]);
            window.Advance(length);
            if (blank >= 0 || window.IsEnd)
            {
                return;
            }

            window.Fill("");
        }
    }

    internal static int Lines(ReadOnlySpan<byte> text)
    {
        int lines = text.Count((byte)'\n');
        return lines > 0 ? lines : text.Count((byte)'\r');
    }

    /// <exception cref="InputException">The row is not JSON, or a name in it is not valid Unicode.</exception>
    internal static JsonDocument Parse(RowPlace place, ReadOnlyMemory<byte> text)
    {
        if (!Utf8.IsValid(text.Span))
        {
            throw place.Refuse("is not valid UTF-8", "save the file as UTF-8");
        }

        try
        {
            JsonDocument row = LenientJson.Parse(text);
            if (text.Span.IndexOf("\\u"u8) < 0 || LenientJson.IsUnicode(row.RootElement, isTextChecked: false))
            {
                return row;
            }

            row.Dispose();
            throw place.Refuse("the name of a field has half of a \\u surrogate pair", "write the whole character");
        }
        catch (JsonException e) when (place.Number is not null)
        {
            throw (place with { Line = place.Line + (int)(e.LineNumber ?? 0) }).Refuse("not valid JSON", "fix or remove the row", e);
        }
        catch (JsonException e)
        {
            int at = (int)(e.BytePositionInLine ?? 0);
            ReadOnlySpan<byte> rest = text.Span[Math.Min(at, text.Length)..].Trim(" \t"u8);
            (string what, string remedy) =
                rest.IsEmpty ? (", where the line ends", "fix the row: put each on its own line, or all in one array")
                : rest.SequenceEqual(","u8) ? (
                    ", a comma after the row", "fix it: rows on lines have no commas between them, rows of an array are in brackets")
                : ("", "fix or remove the line");
            throw place.Refuse($"not valid JSON at byte {at + 1}{what}", remedy, e);
        }
    }

    private static void RefuseIf(bool isWrong, RowPlace place, string what, string remedy)
    {
        if (isWrong)
        {
            throw place.Refuse(what, remedy);
        }
    }
}
