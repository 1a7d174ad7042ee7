using System.Text.Json;
using System.Text.Unicode;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>Files of JSON read a piece at a time: whatever their size, memory holds one line or one string of them.</summary>
internal static class JsonText
{
    /// <summary>A line or string longer than this is no example of anything.</summary>
    public const int MaxBytes = 16 * ByteSize.MB;

    private const int BlockBytes = 1 << 18;

    /// <summary>Calls <paramref name="read"/> with the number (from 1) and the JSON of each line that is not blank.</summary>
    /// <exception cref="InputException">The file cannot be read, or a line is not JSON in UTF-8.</exception>
    public static void ReadLines(string path, Action<int, JsonElement> read)
    {
        using FileStream file = Open(path);
        byte[] buffer = new byte[BlockBytes];
        int filled = SkipByteOrderMark(file, buffer);
        int line = 0;
        bool isEnd = false;
        while (!isEnd)
        {
            int count = Fill(path, file, buffer.AsSpan(filled));
            isEnd = count == 0;
            filled += count;
            int start = 0;
            for (int length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n'); length >= 0; length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n'))
            {
                ReadLine(path, ++line, buffer.AsMemory(start, length), read);
                start += length + 1;
            }

            if (isEnd)
            {
                ReadLine(path, ++line, buffer.AsMemory(start, filled - start), read);
            }

            filled -= start;
            buffer.AsSpan(start, filled).CopyTo(buffer);
            buffer = WithRoom(buffer, filled, () => $"{path}, line {line + 1}: has more than {ByteSize.Format(MaxBytes)}; put one row on each line.");
        }
    }

    /// <summary>Calls <paramref name="read"/> with each string of a file that is one array of strings.</summary>
    /// <exception cref="InputException">The file cannot be read, or is something else.</exception>
    public static void ReadStrings(string path, Action<string> read)
    {
        using FileStream file = Open(path);
        byte[] buffer = new byte[BlockBytes];
        int filled = SkipByteOrderMark(file, buffer);
        var state = new JsonReaderState();
        int item = 0;
        bool isEnd = false;
        while (!isEnd)
        {
            int count = Fill(path, file, buffer.AsSpan(filled));
            isEnd = count == 0;
            filled += count;
            var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), isEnd, state);
            try
            {
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.String && reader.CurrentDepth == 1)
                    {
                        read(reader.GetString()!);
                        item++;
                    }
                    else if (reader.CurrentDepth != 0 || reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
                    {
                        throw new InputException($"{path}, item {item + 1}: is not a string; the file must be one array of the teacher's completions, each a string.");
                    }
                }
            }
            catch (JsonException e)
            {
                throw new InputException($"{path}, line {e.LineNumber + 1}: no valid JSON after {item} completions; fetch the file again, it may have been cut short.", e);
            }
            catch (InvalidOperationException e)
            {
                throw new InputException($"{path}, item {item + 1}: is not valid Unicode; save the file as UTF-8.", e);
            }

            state = reader.CurrentState;
            int used = (int)reader.BytesConsumed;
            filled -= used;
            buffer.AsSpan(used, filled).CopyTo(buffer);
            buffer = WithRoom(buffer, filled, () => $"{path}, item {item + 1}: has more than {ByteSize.Format(MaxBytes)}; no completion is that long.");
        }
    }

    private static void ReadLine(string path, int line, ReadOnlyMemory<byte> utf8, Action<int, JsonElement> read)
    {
        if (utf8.Span.Trim(" \t\r"u8).IsEmpty)
        {
            return;
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            throw new InputException($"{path}, line {line}: is not valid UTF-8; save the file as UTF-8.");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}, line {line}: no valid JSON at byte {e.BytePositionInLine + 1}; mend or remove the line.", e);
        }

        using (document)
        {
            read(line, document.RootElement);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }
    }

    private static int Fill(string path, FileStream file, Span<byte> room)
    {
        try
        {
            return file.Read(room);
        }
        catch (IOException e)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }
    }

    /// <summary>Bytes read into the buffer that belong to the text.</summary>
    private static int SkipByteOrderMark(FileStream file, byte[] buffer)
    {
        int filled = file.ReadAtLeast(buffer.AsSpan(0, 3), 3, throwOnEndOfStream: false);
        return buffer.AsSpan(0, filled).SequenceEqual("\uFEFF"u8) ? 0 : filled;
    }

    private static byte[] WithRoom(byte[] buffer, int filled, Func<string> tooLong)
    {
        if (filled < buffer.Length)
        {
            return buffer;
        }

        if (buffer.Length >= MaxBytes)
        {
            throw new InputException(tooLong());
        }

        Array.Resize(ref buffer, buffer.Length * 2);
        return buffer;
    }
}
