using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>A file's text in UTF-8 as a window that moves on: whatever the file's size, memory holds one line, row or string of it.</summary>
internal sealed class TextWindow : IDisposable
{
    /// <summary>What is longer than this is no example of anything.</summary>
    public const int MaxBytes = 16 * ByteSize.MB;

    private const int BlockBytes = 1 << 18;

    private readonly Stream _file;
    private byte[] _buffer = new byte[BlockBytes];
    private int _start;
    private int _end;

    /// <exception cref="InputException">It cannot be read, or is no text.</exception>
    public TextWindow(string path)
    {
        Path = path;
        _file = DataFile.Open(path);
        while (_end < 3 && !IsEnd)
        {
            Fill("");
        }

        Advance(Text.Span.StartsWith("\uFEFF"u8) ? 3 : 0);
    }

    public string Path { get; }

    /// <summary>What was read from the file and not yet advanced over; the next <see cref="Fill"/> moves it.</summary>
    public ReadOnlyMemory<byte> Text => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Nothing follows <see cref="Text"/>.</summary>
    public bool IsEnd { get; private set; }

    public void Advance(int bytes) => _start += bytes;

    /// <summary>Reads on.</summary>
    /// <param name="what">Where the file stands and what a person should do, for a text longer than <see cref="MaxBytes"/>.</param>
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
            _end += count;
        }
        catch (IOException e)
        {
            throw new InputException($"{Path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
