using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// A page as the server knows it, without a browser: opens a real circuit, acknowledges each drawing and answers each script call, draws
/// nothing. What it costs the server is what a browser costs it; what a browser costs its own machine is left out.
/// </summary>
internal sealed partial class CircuitClient : IAsyncDisposable
{
    private const int ObjectResult = 1;

    private readonly HubConnection _connection;
    private readonly string _html;
    private readonly Uri _page;
    private readonly Lock _gate = new();
    private readonly List<long> _updates = [];
    private long _bytes;
    private int _objects;
    private string _circuit = "";

    private CircuitClient(Uri page, string html)
    {
        (_page, _html) = (page, html);
        IHubConnectionBuilder builder = new HubConnectionBuilder().WithUrl(new Uri(page, "/_blazor"));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHubProtocol>(new BlazorPack()));
        _connection = builder.Build();
        _connection.On<long, byte[]>("JS.RenderBatch", (id, batch) =>
        {
            Interlocked.Add(ref _bytes, batch.Length);
            return _connection.SendAsync("OnRenderCompleted", id, null);
        });
        _connection.On<long, string, string, int, long, int>("JS.BeginInvokeJS", AnswerAsync);
        _connection.On<string>("JS.Error", error => Error = error);
    }

    /// <summary>What the server said went wrong; null for nothing.</summary>
    public string? Error { get; private set; }

    /// <summary>Bytes of drawings and of calls to the chart.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Times the chart was extended or drawn anew, and the most of them that began within one second.</summary>
    public (int Count, int MostASecond) Updates
    {
        get
        {
            lock (_gate)
            {
                return (
                    _updates.Count,
                    _updates.Count == 0 ? 0 : _updates.Max(start =>
                        _updates.Count(t => t >= start && Stopwatch.GetElapsedTime(start, t).TotalSeconds < 1)));
            }
        }
    }

    public static async Task<CircuitClient> OpenAsync(string address, string path)
    {
        using var http = new HttpClient();
        var page = new Uri(new Uri(address), path);
        var client = new CircuitClient(page, await http.GetStringAsync(page));
        await client.StartAsync();
        return client;
    }

    /// <summary>Forgets what was counted so far.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _updates.Clear();
        }

        Interlocked.Exchange(ref _bytes, 0);
    }

    /// <summary>As a browser that leaves the page: the server frees the circuit at once.</summary>
    public async ValueTask DisposeAsync()
    {
        using var http = new HttpClient();
        using var form = new MultipartFormDataContent { { new StringContent(_circuit), "circuitId" } };
        (await http.PostAsync(new Uri(_page, "/_blazor/disconnect"), form)).EnsureSuccessStatusCode();
        await _connection.DisposeAsync();
    }

    private async Task StartAsync()
    {
        await _connection.StartAsync();
        _circuit = await _connection.InvokeAsync<string>("StartCircuit", new Uri(_page, "/").AbsoluteUri, _page.AbsoluteUri, "[]", "");
        JsonNode[] operations = [.. Markers().Matches(_html).Select((match, i) => (JsonNode)new JsonObject
        {
            ["type"] = "add",
            ["ssrComponentId"] = i + 1,
            ["marker"] = JsonNode.Parse(match.Groups[1].Value),
        })];
        await _connection.SendAsync(
            "UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = new JsonArray(operations) }.ToJsonString(), "");
    }

    private Task AnswerAsync(long handle, string function, string arguments, int resultType, long target, int callType)
    {
        if (function.EndsWith("extendTraces", StringComparison.Ordinal)
            || function.EndsWith("react", StringComparison.Ordinal)
            || function.EndsWith("newPlot", StringComparison.Ordinal))
        {
            Interlocked.Add(ref _bytes, arguments.Length);
            lock (_gate)
            {
                _updates.Add(Stopwatch.GetTimestamp());
            }
        }

        if (handle == 0)
        {
            return Task.CompletedTask;
        }

        string result = resultType == ObjectResult ? $"{{\"__jsObjectId\":{Interlocked.Increment(ref _objects)}}}"
            : function == "themeChoice" ? "\"light\""
            : "null";
        return _connection.SendAsync("EndInvokeJSFromDotNet", handle, true, $"[{handle},true,{result}]");
    }

    [GeneratedRegex("<!--Blazor:(\\{.*?\"type\":\"server\".*?\\})-->")]
    private static partial Regex Markers();
}
