using System.Security.Cryptography;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>Copies files block by block, with their SHA-256.</summary>
internal static class FileCopy
{
    private const int BlockBytes = 1 << 20;

    /// <param name="source">Read to its end.</param>
    /// <param name="path">The new file; it appears once it is complete.</param>
    /// <param name="progress">Called with the bytes of each block.</param>
    /// <param name="check">Called with each block before it is written; may throw. Null for none.</param>
    public static OriginFile Copy(
        Stream source, string path, Action<long> progress, CancellationToken stop, Action<ArraySegment<byte>>? check = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        AtomicFile.Write(path, target =>
        {
            byte[] block = new byte[BlockBytes];
            for (int read; (read = source.Read(block)) > 0; progress(read))
            {
                stop.ThrowIfCancellationRequested();
                check?.Invoke(new(block, 0, read));
                target.Write(block, 0, read);
                hash.AppendData(block, 0, read);
                bytes += read;
            }
        });
        return new(Path.GetFileName(path), bytes, Convert.ToHexStringLower(hash.GetHashAndReset()), IsVerified: false);
    }
}
