using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Support;

/// <summary>How a proxy treats the path under which it serves the studio.</summary>
public enum ProxyKind
{
    /// <summary>Leaves it in the address, as jupyter-server-proxy's <c>/proxy/absolute/PORT/</c> does.</summary>
    Keeps,

    /// <summary>Removes it silently, as nginx does with a slash at the end of <c>proxy_pass</c>.</summary>
    Strips,

    /// <summary>Removes it, names it in <c>X-Forwarded-Prefix</c> and the visitor, scheme and host in the related headers, and requests
    /// under the studio's own host.</summary>
    StripsAndNames,
}

/// <summary>A reverse proxy on a separate port, including web sockets.</summary>
internal sealed class ReverseProxy : IAsyncDisposable
{
    private static readonly HashSet<string> OfOneConnection = new(
        [
            "Connection", "Upgrade", "Keep-Alive", "Transfer-Encoding", "Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
            "Sec-WebSocket-Extensions",
        ],
        StringComparer.OrdinalIgnoreCase);

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _studio;
    private readonly string _prefix;
    private readonly ProxyKind _kind;

    private ReverseProxy(Uri studio, string prefix, ProxyKind kind)
    {
        (_studio, _prefix, _kind) = (studio, prefix, kind);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(ForwardAsync);
    }

    /// <summary>Address of the studio behind the proxy, without a trailing slash.</summary>
    public string Address =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + _prefix;

    /// <summary>The visitor's address as it forwards it.</summary>
    public string Visitor { get; set; } = "203.0.113.7";

    public static async Task<ReverseProxy> StartAsync(string studio, string prefix, ProxyKind kind)
    {
        var proxy = new ReverseProxy(new Uri(new Uri(studio).GetLeftPart(UriPartial.Authority)), prefix, kind);
        await proxy._app.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments(_prefix, out PathString rest))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string path = _kind == ProxyKind.Keeps ? context.Request.Path.ToUriComponent() : rest.HasValue ? rest.ToUriComponent() : "/";
        var target = new Uri(_studio, path + context.Request.QueryString.ToUriComponent());
        try
        {
            await (context.WebSockets.IsWebSocketRequest ? CarrySocketAsync(context, target) : CarryAsync(context, target));
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or WebSocketException or IOException)
        {
            context.Abort();
        }
    }

    private IEnumerable<(string Name, string Value)> Headers(HttpContext context)
    {
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in context.Request.Headers)
        {
            if (!OfOneConnection.Contains(name))
            {
                yield return (name, value.ToString());
            }
        }

        if (_kind == ProxyKind.StripsAndNames)
        {
            yield return ("X-Forwarded-Prefix", _prefix);
            yield return ("X-Forwarded-For", Visitor);
            yield return ("X-Forwarded-Proto", context.Request.Scheme);
            yield return ("X-Forwarded-Host", context.Request.Host.Value!);
        }
        else
        {
            yield return ("Host", context.Request.Host.Value!);
        }
    }

    private async Task CarryAsync(HttpContext context, Uri target)
    {
        using var request =
            new HttpRequestMessage(new HttpMethod(context.Request.Method), target) { Content = new StreamContent(context.Request.Body) };
        foreach ((string name, string value) in Headers(context))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using HttpResponseMessage answer = await _client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers)
            .Where(h => !OfOneConnection.Contains(h.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task CarrySocketAsync(HttpContext context, Uri target)
    {
        using var upstream = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        foreach ((string name, string value) in Headers(context))
        {
            upstream.Options.SetRequestHeader(name, value);
        }

        try
        {
            await upstream.ConnectAsync(new UriBuilder(target) { Scheme = "ws" }.Uri, context.RequestAborted);
        }
        catch (WebSocketException) when (upstream.HttpStatusCode != 0)
        {
            context.Response.StatusCode = (int)upstream.HttpStatusCode;
            return;
        }

        using WebSocket downstream = await context.WebSockets.AcceptWebSocketAsync(upstream.SubProtocol);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await Task.WhenAny(PumpAsync(upstream, downstream, end.Token), PumpAsync(downstream, upstream, end.Token));
        await end.CancelAsync();
        context.Abort();
    }

    private static async Task PumpAsync(WebSocket from, WebSocket to, CancellationToken end)
    {
        byte[] piece = new byte[1 << 16];
        while (await from.ReceiveAsync(piece.AsMemory(), end) is { MessageType: not WebSocketMessageType.Close } read)
        {
            await to.SendAsync(piece.AsMemory(0, read.Count), read.MessageType, read.EndOfMessage, end);
        }
    }
}
