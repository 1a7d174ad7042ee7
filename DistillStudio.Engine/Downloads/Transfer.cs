using System.Net;
using System.Net.Http.Headers;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>One download's attempts: each requests what is still missing and appends it.</summary>
internal sealed class Transfer(
    RedirectingClient client, DownloadPatience patience, DownloadRequest request, PartialFile file, Action<DownloadProgress>? progress)
{
    private const int BlockBytes = 1 << 17;

    /// <summary>The SHA-256 that the server announced; null if it announced none.</summary>
    public string? LinkedSha256 { get; private set; }

    /// <summary>The commit that the server named; null if it named none.</summary>
    public string? Commit { get; private set; }

    /// <summary>Why the last attempt failed although the server answered.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>The pause that the server requested; null if none.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>Returns true if the file is complete, false if the server requests a later retry.</summary>
    /// <exception cref="HttpRequestException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">No data arrived for too long, or the caller cancelled.</exception>
    /// <exception cref="InputException">A retry would not help.</exception>
    public async Task<bool> TryAsync(CancellationToken stop)
    {
        if (file.Length > 0 && file.Length == (request.Bytes ?? file.Total))
        {
            return true;
        }

        RangeHeaderValue? range = file.Length > 0 ? new(file.Length, null) : null;
        (HttpResponseMessage response, Announcement announced) = await WithinSilenceAsync(
            token => client.GetAsync(request, range, file.Validator, token), stop);
        using (response)
        {
            LinkedSha256 = announced.LinkedSha256 ?? LinkedSha256;
            Commit = announced.Commit ?? Commit;
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
                && response.Content.Headers.ContentRange?.Length == file.Length)
            {
                return true; // the size was not known before, and nothing is missing
            }

            if (!Accept(response))
            {
                return false;
            }

            long? total = CheckTotal(
                response.StatusCode == HttpStatusCode.PartialContent
                    ? response.Content.Headers.ContentRange?.Length
                    : response.Content.Headers.ContentLength,
                announced);
            file.Announce(response, total);
            RequireSpace(total);
            await CopyAsync(response, total, stop);
            return total is null || file.Length == total
                ? true
                : throw new HttpRequestException($"{file.Length:N0} of {total:N0} bytes received");
        }
    }

    /// <summary>Returns true if the body continues the file; empties the file if the body starts from the beginning.</summary>
    private bool Accept(HttpResponseMessage response)
    {
        ContentRangeHeaderValue? given = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK when response.Content.Headers.ContentType?.MediaType == "text/html":
                throw new InputException($"{request.Address} answers with a web page instead of the file; check the address, and whether "
                    + $"this network asks for a sign-in first.");
            case HttpStatusCode.OK:
                file.Restart(); // the server does not support ranges, or the file changed
                return true;
            case HttpStatusCode.PartialContent when given?.From == file.Length
                && (file.Total is null || given.Length is null || given.Length == file.Total):
                return true;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                Refusal = $"the server sent other bytes than requested ({given})";
                file.Restart();
                return false;
            case HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError:
                Refusal = Status(response);
                RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - DateTimeOffset.UtcNow) : null;
                RetryAfter = RetryAfter < TimeSpan.Zero ? TimeSpan.Zero : RetryAfter;
                return false;
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw Refuse(
                    response,
                    $"{request.Address} may not be downloaded ({Status(response)}); it needs a token, or its owner's permission.");
            case HttpStatusCode.ProxyAuthenticationRequired:
                throw new InputException($"{request.Address} could not be downloaded: {ConnectionFailure.ProxySignIn(request.Address)}.");
            default:
                throw Refuse(response, $"{request.Address} cannot be downloaded ({Status(response)}); check the address.");
        }
    }

    /// <summary>Returns the file's size; null if it is unknown.</summary>
    private long? CheckTotal(long? stated, Announcement announced)
    {
        long? expected = request.Bytes ?? announced.LinkedBytes;
        if (expected is not null && stated is not null && expected != stated)
        {
            throw new InputException($"{request.Address} has {stated:N0} bytes but must have {expected:N0}; try again later, "
                + $"or get the file elsewhere.");
        }

        long? total = expected ?? stated;
        return total > request.LimitBytes ? throw TooLarge() : total;
    }

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(request.Path))!;

    private void RequireSpace(long? total)
    {
        DiskSpace.Require(Folder, (total ?? 0) - file.Length);
    }

    private async Task CopyAsync(HttpResponseMessage response, long? total, CancellationToken stop)
    {
        byte[] block = new byte[BlockBytes];
        await using Stream body = await response.Content.ReadAsStreamAsync(stop);
        for (int read; (read = await ReadAsync(body, block, stop)) > 0;)
        {
            if (file.Length + read > (total ?? request.LimitBytes))
            {
                file.Restart();
                throw total is null ? TooLarge() : new InputException($"{request.Address} sends more than the {total:N0} bytes that it "
                    + $"has; try again later, or get the file elsewhere.");
            }

            await WriteAsync(block.AsMemory(0, read), total, stop);
            progress?.Invoke(new(file.Length, total));
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, long? total, CancellationToken stop)
    {
        try
        {
            await file.AppendAsync(bytes, stop);
        }
        catch (IOException e) when (DiskSpace.IsFull(e))
        {
            throw new StudioException(
                $"{DiskSpace.Shortage(Folder, total - file.Length)}; free some space, then the same command resumes.", cause: e);
        }
        catch (IOException e)
        {
            throw new StudioException(
                $"{request.Path} cannot be written ({e.Message.TrimEnd('.')}); free some space, then the same command resumes.", cause: e);
        }
    }

    private async Task<int> ReadAsync(Stream body, byte[] block, CancellationToken stop)
    {
        try
        {
            return await WithinSilenceAsync(async token => await body.ReadAsync(block, token), stop);
        }
        catch (IOException e) when (e is not HttpIOException)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }

    private async Task<T> WithinSilenceAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(patience.Silence);
        return await work(silence.Token);
    }

    private static DownloadRefusedException Refuse(HttpResponseMessage response, string message) =>
        new(
            message, response.StatusCode,
            response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? codes) ? codes.FirstOrDefault() : null);

    private InputException TooLarge() =>
        new($"{request.Address} has more than the {ByteSize.Format(request.LimitBytes)} that are allowed; name another address.");

    private static string Status(HttpResponseMessage response) => $"{(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd();
}
