namespace DistillStudio.Engine.Import;

/// <summary>A new file of lines in a staging folder.</summary>
internal sealed class LineFile : IDisposable
{
    private const int BufferBytes = 1 << 17;

    private readonly FileStream _file;

    /// <param name="path">Its folder is created if missing.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public LineFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = File.Create(path, bufferSize: 1);
        Stream = new BufferedStream(_file, BufferBytes);
    }

    /// <summary>The stream that receives the lines.</summary>
    public Stream Stream { get; }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Finish()
    {
        Stream.Flush();
        _file.Flush(flushToDisk: true);
    }

    /// <summary>Closes the file; what <see cref="Finish"/> has not written may be lost.</summary>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            _file.Dispose(); // the disk is full, which the first failed write has reported
        }
    }
}
