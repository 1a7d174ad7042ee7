using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Hosting;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistillStudio.Tests.Browser;

/// <summary>The studio as it is served, on a free port; runs are scripted unless asked otherwise.</summary>
internal sealed class RunningStudio : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningStudio(WebApplication app) => _app = app;

    public string Address => StudioHost.AddressOf(_app);

    public IServiceProvider Services => _app.Services;

    /// <param name="home">Where its runs lie.</param>
    /// <param name="perStep">Pace of scripted runs.</param>
    /// <param name="url">Null for any free port.</param>
    /// <param name="token">Null where none is demanded.</param>
    public static async Task<RunningStudio> StartAsync(StudioHome home, TimeSpan? perStep = null, string? url = null, string? token = null)
    {
        WebApplication app = StudioHost.Build(new StudioOptions
        {
            Home = home,
            Urls = [url ?? StudioOptions.AddressOf(0)],
            Token = token,
            Services = services => services.Replace(
                ServiceDescriptor.Singleton<IRunExecutor>(new PacedExecutor(perStep ?? TimeSpan.FromMilliseconds(20)))),
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
