using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Downloads;

/// <summary>
/// The bytes of an unfinished download, <c>PATH.part</c>, and next to them a record of the address and the version that they belong to. One
/// process at a time holds it.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int LargestNote = 64 * ByteSize.KB;
    private const int BlockBytes = 1 << 17;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Note _note;

    private PartialFile(string path, FileStream file, Note note) => (_path, _file, _note) = (path, file, note);

    public long Length { get; private set; }

    /// <summary>The version to resume; null if the server named none, so that only a checksum can show that the parts belong
    /// together.</summary>
    public RangeConditionHeaderValue? Validator =>
        EntityTagHeaderValue.TryParse(_note.Tag, out EntityTagHeaderValue? tag)
            ? new(tag)
            : _note.Changed is { } changed
            ? new(changed)
            : null;

    /// <summary>The file's size, as announced; null if it is not known.</summary>
    public long? Total => _note.Total;

    private string NotePath => _path + ".json";

    /// <summary>Opens what an earlier download of the same address left, or begins a new file.</summary>
    /// <exception cref="StudioException">Another process downloads the same file, or it cannot be written.</exception>
    public static PartialFile Open(DownloadRequest request)
    {
        string path = request.Path + ".part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            FileStream file = PlainFile.OpenOrCreate(path, FileShare.None);
            var partial = new PartialFile(path, file, new(request.Address.AbsoluteUri, null, null, null));
            try
            {
                partial.TakeUp(request);
                return partial;
            }
            catch
            {
                partial.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException(
                $"{path} cannot be written ({e.Message.TrimEnd('.')}); wait for another download to end, or choose a new path.", cause: e);
        }
    }

    /// <summary>Records which version of the file follows.</summary>
    public void Announce(HttpResponseMessage response, long? total)
    {
        EntityTagHeaderValue? tag = response.Headers.ETag;
        _note =
            _note with { Tag = tag is { IsWeak: false } ? tag.Tag : null, Changed = response.Content.Headers.LastModified, Total = total };
        AtomicFile.WriteAllText(NotePath, JsonSerializer.Serialize(_note));
    }

    public async Task AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        await _file.WriteAsync(bytes, stop);
        _hash.AppendData(bytes.Span);
        Length += bytes.Length;
    }

    /// <summary>Discards the bytes.</summary>
    public void Restart()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _ = _hash.GetHashAndReset();
        Length = 0;
        _note = _note with { Tag = null, Changed = null, Total = null };
    }

    /// <summary>Returns the SHA-256 of the bytes so far, in lower-case hexadecimal.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Moves the file to its final place.</summary>
    public void Finish(string path)
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_path, path, overwrite: true);
        File.Delete(NotePath);
    }

    /// <summary>Deletes the file; for bytes that failed verification.</summary>
    public void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
        File.Delete(NotePath);
    }

    /// <summary>Keeps the bytes for a later download; leaves nothing if there are none.</summary>
    public void Dispose()
    {
        bool isEmpty = _file.CanWrite && Length == 0;
        if (isEmpty && !OperatingSystem.IsWindows())
        {
            File.Delete(_path); // while it is held, so that no other process has opened it
            File.Delete(NotePath);
        }

        _file.Dispose();
        _hash.Dispose();
    }

    private void TakeUp(DownloadRequest request)
    {
        if (ReadNote() is { } note && note.Address == _note.Address)
        {
            _note = note;
        }

        bool isKnown = Validator is not null || request.Sha256 is not null;
        if (!isKnown || _file.Length > (request.Bytes ?? Total ?? long.MaxValue))
        {
            Restart();
            return;
        }

        byte[] block = new byte[BlockBytes];
        for (int read; (read = _file.Read(block)) > 0; Length += read)
        {
            _hash.AppendData(block, 0, read);
        }
    }

    private Note? ReadNote()
    {
        try
        {
            return File.Exists(NotePath) ? PlainFile.ReadJson<Note>(NotePath, LargestNote, JsonSerializerOptions.Default) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // the download starts over
        }
    }

    /// <param name="Tag">The server's strong entity tag, with its quotes.</param>
    private sealed record Note(string Address, string? Tag, DateTimeOffset? Changed, long? Total);
}
