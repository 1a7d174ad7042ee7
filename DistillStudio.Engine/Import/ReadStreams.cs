using ICSharpCode.SharpZipLib;

namespace DistillStudio.Engine.Import;

/// <summary>A stream that can only be read, from beginning to end.</summary>
internal abstract class ReadStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override int Read(Span<byte> buffer);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Calls back after each read.</summary>
internal sealed class CountedStream(Stream inner, Action hasRead) : ReadStream
{
    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer);
        hasRead();
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Reads a stream whose first bytes have already been read in part.</summary>
internal sealed class JoinedStream(byte[] head, Stream rest) : ReadStream
{
    private int _at;

    public override int Read(Span<byte> buffer)
    {
        if (_at == head.Length)
        {
            return rest.Read(buffer);
        }

        int count = Math.Min(buffer.Length, head.Length - _at);
        head.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Reports a damaged or truncated archive as <see cref="InvalidDataException"/>.</summary>
internal sealed class CheckedStream(Stream unpacking) : ReadStream
{
    private readonly byte[] _block = new byte[1 << 16];

    public override int Read(Span<byte> buffer)
    {
        try
        {
            int read = unpacking.Read(_block, 0, Math.Min(buffer.Length, _block.Length));
            _block.AsSpan(0, read).CopyTo(buffer);
            return read;
        }
        catch (Exception e) when (e is SharpZipBaseException or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            unpacking.Dispose();
        }

        base.Dispose(disposing);
    }
}
