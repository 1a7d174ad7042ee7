using DistillStudio.Access;
using DistillStudio.Cluster;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Hosting;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Support;

/// <summary>The whole studio on a separate port; only the training is scripted.</summary>
internal sealed class RunningStudio : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningStudio(WebApplication app) => _app = app;

    /// <summary>Without a trailing slash.</summary>
    public string Address => StudioHost.AddressOf(_app);

    /// <summary>The token that it generated; null if it was given one or requires none.</summary>
    public string? Token => Services.GetService<AccessToken>()?.Generated;

    public IServiceProvider Services => _app.Services;

    public IRunHistory History => Services.GetRequiredService<IRunHistory>();

    public IRunManager Manager => Services.GetRequiredService<IRunManager>();

    public static Task<RunningStudio> StartAsync(StudioHome home, IRunExecutor? executor = null, string? address = null) =>
        StartAsync(Options(home, executor, address));

    public static StudioOptions Options(StudioHome home, IRunExecutor? executor = null, string? address = null) => new()
    {
        Home = home,
        Urls = [address ?? StudioOptions.AddressOf(0)],
        Services = services => services.AddSingleton(executor ?? new ScriptedExecutor { StepTime = TimeSpan.Zero }),
    };

    /// <summary>With runs that look real and take their time, as pages show them.</summary>
    /// <param name="home">Home of its runs.</param>
    /// <param name="perStep">Pace of a run; null for 20 ms.</param>
    /// <param name="address">Null for any free port.</param>
    /// <param name="token">Null if none is required.</param>
    public static Task<RunningStudio> StartPacedAsync(
        StudioHome home, TimeSpan? perStep = null, string? address = null, string? token = null) =>
        StartAsync(Options(home, new PacedExecutor(perStep ?? TimeSpan.FromMilliseconds(20)), address) with { Token = token });

    /// <summary>Paced too, with a cluster that answers what a test says.</summary>
    public static Task<RunningStudio> StartPacedAsync(StudioHome home, ISlurm slurm)
    {
        StudioOptions options = Options(home, new PacedExecutor(TimeSpan.FromMilliseconds(20)));
        return StartAsync(options with
        {
            Services = services =>
            {
                options.Services!(services);
                services.AddSingleton(slurm);
            },
        });
    }

    public static async Task<RunningStudio> StartAsync(StudioOptions options)
    {
        WebApplication app = StudioHost.Build(options);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningStudio(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
