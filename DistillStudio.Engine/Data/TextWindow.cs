using System.Security.Cryptography;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>A moving window over a file's UTF-8 text: keeps one line, row or string in memory, whatever the file's size.</summary>
internal sealed class TextWindow : IDisposable
{
    /// <summary>Maximum window size in bytes; nothing longer can be an example.</summary>
    public const int MaxBytes = 16 * ByteSize.MB;

    private const int BlockBytes = 1 << 18;

    private readonly Stream _file;
    private readonly IncrementalHash? _digest;
    private byte[] _buffer = new byte[BlockBytes];
    private int _start;
    private int _end;

    /// <param name="path">The file.</param>
    /// <param name="digest">Receives the text as it is read; null for none.</param>
    /// <exception cref="InputException">The file cannot be read or is not text.</exception>
    public TextWindow(string path, IncrementalHash? digest = null)
        : this(path, DataFile.Open(path), digest)
    {
    }

    /// <param name="path">Named in messages.</param>
    /// <param name="utf8">Disposed with the window.</param>
    /// <param name="digest">Receives the text as it is read; null for none.</param>
    /// <exception cref="InputException">The stream cannot be read.</exception>
    public TextWindow(string path, Stream utf8, IncrementalHash? digest = null)
    {
        Path = path;
        _digest = digest;
        _file = utf8;
        while (_end < 3 && !IsEnd)
        {
            Fill("");
        }

        Advance(Text.Span.StartsWith("\uFEFF"u8) ? 3 : 0);
    }

    public string Path { get; }

    /// <summary>The text that was read and not yet consumed; invalidated by the next <see cref="Fill"/>.</summary>
    public ReadOnlyMemory<byte> Text => _buffer.AsMemory(_start, _end - _start);

    /// <summary>True if nothing follows <see cref="Text"/>.</summary>
    public bool IsEnd { get; private set; }

    public void Advance(int bytes) => _start += bytes;

    /// <summary>Reads more of the file.</summary>
    /// <param name="what">The position and the advice to report for a text longer than <see cref="MaxBytes"/>.</param>
    /// <exception cref="InputException">The file cannot be read, or the window would grow beyond the limit.</exception>
    public void Fill(string what)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_end >= MaxBytes)
            {
                throw new InputException($"{Path}, {what}.");
            }

            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, MaxBytes));
        }

        try
        {
            int count = _file.Read(_buffer.AsSpan(_end));
            IsEnd = count == 0;
            _digest?.AppendData(_buffer.AsSpan(_end, count));
            _end += count;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new InputException($"{Path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
