using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Reads JSON as Python's <c>json</c> module writes and reads it: with or without a byte order mark, with <c>NaN</c>, <c>Infinity</c> and
/// <c>-Infinity</c> as numbers, <c>6.0</c> as an integer, and the last of several equal names. A non-finite number causes an error only
/// where it is used: its kind is number, it converts to no integer, and it reads as an infinite double.
/// </summary>
internal static class LenientJson
{
    // JSON has no literals for these values. They are replaced by numbers too large for a double, so that every range check rejects them.
    private static readonly (byte[] Literal, byte[] StandIn)[] NotFinite =
    [
        ("NaN"u8.ToArray(), "2e999999"u8.ToArray()),
        ("Infinity"u8.ToArray(), "1e999999"u8.ToArray()),
        ("-Infinity"u8.ToArray(), "-1e999999"u8.ToArray()),
    ];

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">A plain file.</param>
    /// <param name="maxBytes">Maximum size in bytes.</param>
    /// <param name="remedy">How a user fixes a damaged file; ends the message.</param>
    /// <param name="maxDepth">Maximum nesting depth of objects and arrays.</param>
    /// <exception cref="InputException">The file is too large, not UTF-8 or not JSON.</exception>
    /// <exception cref="IOException">As for <see cref="PlainFile.OpenRead"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not permitted.</exception>
    internal static JsonDocument ReadFile(string path, int maxBytes, string remedy, int maxDepth = 64)
    {
        byte[] bytes;
        using (FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            if (file.Length > maxBytes)
            {
                throw new InputException($"{path}: has {file.Length} bytes, more than the {maxBytes} that are allowed; {remedy}.");
            }

            bytes = new byte[file.Length];
            bytes = bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }

        if (FileStandIn.WhatIs(bytes) is { } standIn)
        {
            throw FileStandIn.Refuse(path, standIn);
        }

        try
        {
            return WhyNoUtf8(bytes) is { } why ? throw new InputException($"{path}: {why}; save it as UTF-8.") : Parse(bytes, maxDepth);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: line {e.LineNumber + 1}: not valid JSON; {remedy}.", e);
        }
    }

    /// <summary>Parses UTF-8; the document keeps a reference to the memory.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    internal static JsonDocument Parse(ReadOnlyMemory<byte> utf8, int maxDepth = 64)
    {
        var options = new JsonDocumentOptions { MaxDepth = maxDepth };
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            return JsonDocument.Parse(utf8, options);
        }
        catch (JsonException) when (HoldsNotFinite(utf8.Span))
        {
            return JsonDocument.Parse(WithStandIns(utf8.Span), options);
        }
    }

    /// <summary>Returns null for UTF-8; otherwise describes the actual encoding.</summary>
    internal static string? WhyNoUtf8(ReadOnlySpan<byte> text)
    {
        bool isWide = text is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..];
        return isWide ? "is in UTF-16 or UTF-32" : Utf8.IsValid(text) ? null : "is not valid UTF-8";
    }

    /// <summary>
    /// Returns false if a name or a text in the value is not valid Unicode, such as an escaped half of a surrogate pair:
    /// <see cref="JsonElement.GetString"/>, <see cref="JsonProperty.Name"/> and searches for a name then throw an
    /// <see cref="InvalidOperationException"/>.
    /// </summary>
    /// <param name="value">Any value, with all that is in it.</param>
    /// <param name="isTextChecked">False to check the names alone.</param>
    internal static bool IsUnicode(JsonElement value, bool isTextChecked = true)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.Object => value.EnumerateObject().All(
                    each => each.Name is not null && IsUnicode(each.Value, isTextChecked)),
                JsonValueKind.Array => value.EnumerateArray().All(each => IsUnicode(each, isTextChecked)),
                JsonValueKind.String => !isTextChecked || value.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Reads an integer, including one written with a zero fraction or an exponent.</summary>
    internal static bool TryReadWhole(JsonElement value, out long number)
    {
        number = 0;
        if (value.ValueKind != JsonValueKind.Number)
        {
            return false;
        }

        if (value.TryGetInt64(out number))
        {
            return true;
        }

        bool isWhole = value.TryGetDouble(out double real) && Math.Abs(real) < 1L << 53 && Math.Floor(real) == real;
        number = isWhole ? (long)real : 0;
        return isWhole;
    }

    /// <summary>Returns the text of a value as written in the file.</summary>
    internal static string RawText(JsonElement value)
    {
        ReadOnlySpan<byte> utf8 = JsonMarshal.GetRawUtf8Value(value);
        foreach ((byte[] literal, byte[] standIn) in NotFinite)
        {
            if (utf8.SequenceEqual(standIn))
            {
                return Encoding.UTF8.GetString(literal);
            }
        }

        return Encoding.UTF8.GetString(utf8);
    }

    private static bool HoldsNotFinite(ReadOnlySpan<byte> utf8) => utf8.IndexOf("NaN"u8) >= 0 || utf8.IndexOf("Infinity"u8) >= 0;

    /// <summary>Replaces the literals outside strings; other errors are left unchanged.</summary>
    private static byte[] WithStandIns(ReadOnlySpan<byte> utf8)
    {
        var replaced = new MemoryStream(utf8.Length + 64);
        int at = 0;
        while (at < utf8.Length)
        {
            if (FindLiteral(utf8, at) is { } found)
            {
                replaced.Write(found.StandIn);
                at += found.Literal.Length;
                continue;
            }

            int length = utf8[at] == '"' ? StringLength(utf8[at..]) : 1;
            replaced.Write(utf8.Slice(at, length));
            at += length;
        }

        return replaced.ToArray();
    }

    private static int StringLength(ReadOnlySpan<byte> text)
    {
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i + 1;
            }
        }

        return text.Length;
    }

    /// <summary>Returns the literal that begins at the position and is not part of a longer word; null if there is none.</summary>
    private static (byte[] Literal, byte[] StandIn)? FindLiteral(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] is not ((byte)'N' or (byte)'I' or (byte)'-') || (at > 0 && !" \t\r\n:,["u8.Contains(text[at - 1])))
        {
            return null;
        }

        foreach ((byte[] Literal, byte[] StandIn) known in NotFinite)
        {
            int end = at + known.Literal.Length;
            if (text[at..].StartsWith(known.Literal) && (end == text.Length || " \t\r\n,]}"u8.Contains(text[end])))
            {
                return known;
            }
        }

        return null;
    }
}
