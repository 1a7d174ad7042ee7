using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace DistillStudio.Tests.Notices;

/// <summary>A webhook's receiver over real HTTP.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<(IHeaderDictionary Headers, byte[] Body)> Received { get; } = [];

    /// <summary>Returns the status to answer with, given how many requests came before; null to hang.</summary>
    public Func<int, int?> Answer { get; set; } = _ => 200;

    public string? Location { get; set; }

    public Uri Address => new(new Uri(_app.Urls.First()), "/services/T0/hidden");

    public static async Task<Receiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => server.Listen(System.Net.IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        _closed.TrySetResult();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        int before = Received.Count;
        Received.Enqueue((new HeaderDictionary(context.Request.Headers.ToDictionary()), body.ToArray()));
        if (Answer(before) is not { } status)
        {
            await _closed.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        context.Response.StatusCode = status;
        context.Response.Headers.Location = Location;
    }
}
