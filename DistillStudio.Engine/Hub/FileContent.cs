using System.Net;

namespace DistillStudio.Engine.Hub;

/// <summary>A part of a file as the body of a request.</summary>
/// <param name="file">The file.</param>
/// <param name="from">Its first byte.</param>
/// <param name="bytes">Number of bytes.</param>
/// <param name="sent">Called with the bytes of each block.</param>
internal sealed class FileContent(ModelFile file, long from, long bytes, Action<long> sent) : HttpContent
{
    private const int BlockBytes = 1 << 17;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => CopyAsync(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        CopyAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = bytes;
        return true;
    }

    private async Task CopyAsync(Stream target, CancellationToken stop)
    {
        await using Stream source = file.Open();
        source.Position = from;
        byte[] block = new byte[BlockBytes];
        for (long left = bytes; left > 0;)
        {
            int read = await source.ReadAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)), stop);
            if (read == 0)
            {
                throw new IOException($"{file.Name} was truncated while it was being sent");
            }

            await target.WriteAsync(block.AsMemory(0, read), stop);
            left -= read;
            sent(read);
        }
    }
}
