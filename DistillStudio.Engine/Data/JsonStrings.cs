using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>Reads JSON strings: all in one array, or one per line.</summary>
internal static class JsonStrings
{
    /// <summary>Calls <paramref name="read"/> with each string.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Receives the strings.</param>
    /// <param name="digest">Receives the whole text of the file; null for none.</param>
    /// <exception cref="InputException">The file cannot be read, or has other content.</exception>
    public static void Read(string path, Action<string> read, IncrementalHash? digest = null)
    {
        using var window = new TextWindow(path, digest);
        var state = new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true });
        var progress = new Progress(path, read);
        while (true)
        {
            var reader = new Utf8JsonReader(window.Text.Span, window.IsEnd, state);
            try
            {
                while (reader.Read())
                {
                    progress.Take(ref reader);
                }
            }
            catch (JsonException e)
            {
                throw progress.Refuse((e.LineNumber ?? 0) + 1, e);
            }
            catch (InvalidOperationException e)
            {
                throw new InputException($"{path}, item {progress.Count + 1}: is not valid Unicode; save the file as UTF-8.", e);
            }

            state = reader.CurrentState;
            window.Advance((int)reader.BytesConsumed);
            if (window.IsEnd)
            {
                break;
            }

            window.Fill($"item {progress.Count + 1}: has more than {ByteSize.Format(TextWindow.MaxBytes)}; no completion is that long");
        }

        if (progress.IsEmpty)
        {
            throw progress.Refuse(line: 1);
        }
    }

    private sealed class Progress(string path, Action<string> read)
    {
        private bool _isArrayClosed;

        public int Count { get; private set; }

        public bool IsEmpty { get; private set; } = true;

        public void Take(ref Utf8JsonReader reader)
        {
            if (_isArrayClosed)
            {
                throw new InputException($"{path}: not valid JSON after {Count} completions, more text after the array; "
                    + $"put them all into one array, or each on its own line.");
            }

            if (reader.TokenType == JsonTokenType.String && reader.CurrentDepth <= 1)
            {
                read(reader.GetString()!);
                Count++;
            }
            else if (reader.CurrentDepth != 0
                || !(reader.TokenType == JsonTokenType.EndArray || (reader.TokenType == JsonTokenType.StartArray && IsEmpty)))
            {
                throw new InputException($"{path}, item {Count + 1}: is not a string; the file must be one array of the teacher's "
                    + $"completions, or hold one string per line.");
            }

            _isArrayClosed = reader.TokenType == JsonTokenType.EndArray;
            IsEmpty = false;
        }

        public InputException Refuse(long line, JsonException? cause = null) =>
            new($"{path}, line {line}: not valid JSON after {Count} completions; download the file again "
                + $"in case it was truncated.", cause);
    }
}
