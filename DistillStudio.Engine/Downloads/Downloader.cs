using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>
/// Downloads files over HTTP: resumes after an interruption, within a download and between two, follows redirects, and checks size,
/// SHA-256 and disk space. Nothing appears at the file's path before it is complete.
/// </summary>
/// <param name="client">From <see cref="CreateClient"/>; shared between downloads.</param>
public sealed class Downloader(HttpClient client, DownloadPatience? patience = null)
{
    private readonly RedirectingClient _client = new(client);
    private readonly DownloadPatience _patience = patience ?? new();

    /// <summary>Creates the client to share between downloads.</summary>
    public static HttpClient CreateClient() => RedirectingClient.CreateClient();

    /// <param name="request">What to download, and to which path.</param>
    /// <param name="progress">Called after each block; may be null.</param>
    /// <param name="stop">Interrupts the download; a later one resumes it.</param>
    /// <exception cref="InputException">The address is unusable or the server refuses it, or the file is not the one
    /// requested.</exception>
    /// <exception cref="StudioException">The server cannot be reached or repeatedly breaks off, or the disk is full.</exception>
    public async Task<DownloadResult> DownloadAsync(DownloadRequest request, Action<DownloadProgress>? progress, CancellationToken stop)
    {
        if (!request.Address.IsAbsoluteUri || (request.Address.Scheme != Uri.UriSchemeHttp && request.Address.Scheme != Uri.UriSchemeHttps))
        {
            throw new InputException($"{request.Address} is not an http or https address; "
                + $"write it in full, such as https://example.org/file.zip.");
        }

        using var file = PartialFile.Open(request);
        var transfer = new Transfer(_client, _patience, request, file, progress);
        long resumedAt = file.Length;
        await TransferAsync(transfer, request, file, progress, stop);
        string sha256 = file.Sha256();
        string? expected = request.Sha256 ?? transfer.LinkedSha256;
        if (expected is not null && !expected.Equals(sha256, StringComparison.OrdinalIgnoreCase))
        {
            file.Delete();
            throw new InputException($"{request.Address} is damaged: its SHA-256 is {sha256} and must be {expected.ToLowerInvariant()}; "
                + $"the download was deleted; repeat it, or get the file elsewhere.");
        }

        long length = file.Length;
        try
        {
            file.Finish(request.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException($"{request.Path} cannot be written ({e.Message.TrimEnd('.')}).", cause: e);
        }

        return new(length, sha256, expected is not null, resumedAt) { Commit = transfer.Commit };
    }

    private async Task TransferAsync(
        Transfer transfer, DownloadRequest request, PartialFile file, Action<DownloadProgress>? progress, CancellationToken stop)
    {
        int failures = 0;
        while (true)
        {
            long before = file.Length;
            TimeSpan? delay = null;
            string why;
            bool isUnreachable = false;
            try
            {
                if (await transfer.TryAsync(stop))
                {
                    return;
                }

                (why, delay) = (transfer.Refusal, transfer.RetryAfter);
            }
            catch (Exception e) when (IsBroken(e, stop))
            {
                why = e is OperationCanceledException
                    ? $"no data received for {_patience.Silence.TotalSeconds:0.#} s"
                    : ConnectionFailure.Describe(e, request.Address);
                if (ConnectionFailure.IsLasting(e))
                {
                    throw new StudioException($"{request.Address} could not be downloaded: {why}.");
                }

                isUnreachable = e is HttpRequestException && file.Length == before;
            }

            failures = file.Length > before ? 1 : failures + 1;
            if (failures >= _patience.Attempts)
            {
                string kept = file.Length > 0
                    ? $"; {ByteSize.Format(file.Length)} are kept, and the same command resumes from there"
                    : isUnreachable ? "; check the network and the address, then try again"
                    : "; try again later";
                throw new StudioException($"{request.Address} could not be downloaded after {failures} attempts ({why}){kept}.");
            }

            TimeSpan pause = delay ?? _patience.Pause * Math.Pow(2, failures - 1);
            if (delay > _patience.LongestPause)
            {
                throw new StudioException($"{request.Address} requires waiting {delay.Value.TotalMinutes:0} minutes ({why}); retry then.");
            }

            progress?.Invoke(new(file.Length, file.Total)
            {
                Waiting = $"{why}; asking again in {Math.Max(1, pause.TotalSeconds):0} s",
            });
            await Task.Delay(pause, stop);
        }
    }

    private static bool IsBroken(Exception e, CancellationToken stop) =>
        e is HttpRequestException or HttpIOException || (e is OperationCanceledException && !stop.IsCancellationRequested);
}
