using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DistillStudio.Tests.Support;

/// <summary>What a mirror received: the path and the headers.</summary>
internal sealed record MirrorRequest(string Path, IReadOnlyDictionary<string, string> Headers, int Number)
{
    /// <summary>The first byte requested; 0 without a range.</summary>
    public int From => Headers.TryGetValue("Range", out string? range) ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;
}

/// <summary>What a mirror sends, byte for byte; its headers may be false.</summary>
/// <param name="Body">Sent unchanged; the connection closes after it.</param>
internal sealed record MirrorResponse(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Waits after the body until the client disconnects.</summary>
    public bool IsHanging { get; init; }
}

/// <summary>A server on this machine whose responses a test defines.</summary>
internal sealed class Mirror : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<MirrorRequest, MirrorResponse> _answer;
    private int _count;

    public Mirror(Func<MirrorRequest, MirrorResponse> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public ConcurrentQueue<MirrorRequest> Requests { get; } = [];

    /// <summary>Answers with the whole content, or the requested part, and its version.</summary>
    public static MirrorResponse Honest(MirrorRequest request, byte[] content, string tag = "\"v1\"") =>
        request.From == 0
            ? new(200, content, ("Content-Length", $"{content.Length}"), ("ETag", tag))
            : new(
                206, content[request.From..], ("Content-Length", $"{content.Length - request.From}"),
                ("Content-Range", $"bytes {request.From}-{content.Length - 1}/{content.Length}"), ("ETag", tag));

    /// <summary>Breaks the connection after some bytes of the body.</summary>
    public static MirrorResponse Cut(MirrorResponse response, int after) =>
        response with { Body = response.Body[..Math.Min(after, response.Body.Length)] };

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
            _ = Task.Run(() => AnswerAsync(client));
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            string path = (await reader.ReadLineAsync(_end.Token))!.Split(' ')[1];
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } line)
            {
                headers[line.Split(": ")[0]] = line.Split(": ", 2)[1];
            }

            var request = new MirrorRequest(path, headers, Interlocked.Increment(ref _count));
            Requests.Enqueue(request);
            MirrorResponse response = _answer(request);
            string head =
                $"HTTP/1.1 {response.Status} "
                    + $"Said\r\n{string.Concat(response.Headers.Select(header => $"{header.Name}: {header.Value}\r\n"))}Connection: "
                    + $"close\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _end.Token);
            await stream.WriteAsync(response.Body, _end.Token);
            if (response.IsHanging)
            {
                await stream.ReadExactlyAsync(new byte[1], _end.Token);
            }
        }
    }
}
