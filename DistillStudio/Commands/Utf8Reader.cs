using System.Text;
using System.Text.Unicode;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands;

/// <summary>Reads lines of UTF-8 and refuses others, which a <see cref="StreamReader"/> reports without their place or replaces.</summary>
/// <param name="bytes">Read by this reader only, as far as the lines that are asked for and up to a buffer beyond.</param>
/// <param name="name">What the bytes are, for the user.</param>
internal sealed class Utf8Reader(Stream bytes, string name) : TextReader
{
    private const int LongestLine = 64 << 20; // bytes

    private readonly BufferedStream _bytes = new(bytes);
    private string _line = "";
    private int _at;
    private int _lines;

    public override int Peek() => _at < _line.Length || Fill() ? _line[_at] : -1;

    public override int Read() => _at < _line.Length || Fill() ? _line[_at++] : -1;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bytes.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads the next line with its end; returns false at the end of the bytes.</summary>
    /// <exception cref="InputException">The line is not UTF-8, or endless.</exception>
    private bool Fill()
    {
        var line = new List<byte>();
        for (int read; line is not [.., (byte)'\n'] && (read = _bytes.ReadByte()) >= 0;)
        {
            line.Add((byte)read);
            if (line.Count > LongestLine)
            {
                throw new InputException($"{name}, line {_lines + 1}: is longer than {ByteSize.Format(LongestLine)}; write shorter lines.");
            }
        }

        byte[] text = [.. line];
        _lines++;
        if (!Utf8.IsValid(text))
        {
            throw new InputException($"{name}, line {_lines}: is not valid UTF-8; save it as UTF-8.");
        }

        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        (_line, _at) = (Encoding.UTF8.GetString(_lines == 1 && text.AsSpan().StartsWith(mark) ? text.AsSpan(mark.Length) : text), 0);
        return _line.Length > 0;
    }
}
