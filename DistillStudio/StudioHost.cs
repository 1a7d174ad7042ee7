using System.Net;
using DistillStudio.Components;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Live;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistillStudio;

/// <summary>Builds the web application: every service and every address of the studio.</summary>
public static class StudioHost
{
    // A browser with the page open reconnects to a server that stops, which would hold it for half a minute.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    /// <exception cref="InputException">An address is not a loopback address, or the home is in use or cannot be written.</exception>
    public static WebApplication Build(StudioOptions options)
    {
        RequireLoopback(options.Urls);
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(StudioHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory, // wherever it was started from
        });

        // Left alone, a package's files are taken for edited ones and packed anew without compression: half a megabyte more for the first page.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = builder.Environment.IsDevelopment().ToString();
        builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1;[::1]";
        builder.WebHost.UseStaticWebAssets().UseUrls([.. options.Urls]);
        builder.Logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical) // a start that fails is told by who started it
            .AddSimpleConsole(format => format.SingleLine = true)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        AddServices(builder.Services, options.Home);
        options.Services?.Invoke(builder.Services);

        var home = HomeLock.Take(options.Home);
        builder.Services.AddSingleton(_ => home);
        WebApplication app = builder.Build();
        _ = app.Services.GetRequiredService<HomeLock>(); // the container frees what it has handed out
        Map(app);
        return app;
    }

    /// <summary>Where a started studio listens.</summary>
    public static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static void AddServices(IServiceCollection services, StudioHome home)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.Replace(ServiceDescriptor.Singleton<IHostLifetime, QuietLifetime>());
        services.AddSingleton(home);
        services.AddSingleton(TimeProvider.System);

        services.AddSingleton(s => new RunHistory(home.Database, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<RunHistory>>()));
        services.AddSingleton<IRunHistory>(s => s.GetRequiredService<RunHistory>());
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<ILiveFeed>(s => s.GetRequiredService<LiveFeed>());

        services.AddSingleton<RunEditor>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<ActiveRuns>();
        services.AddSingleton<RunFollower>();
        services.AddSingleton<IRunExecutor, LocalExecutor>();
        services.AddSingleton<IRunDesk, RunDesk>();
        services.AddSingleton<ILaunchFacts, LaunchAdvisor>();
        services.AddHostedService(s => s.GetRequiredService<RunFollower>());
        services.AddHostedService<RunWorker>();
        services.AddHostedService<Sweeper>();

        services.AddStudioPages();
        services.AddSignalR().AddJsonProtocol(json => json.PayloadSerializerOptions = EngineJson.Events);
        services.AddResponseCompression(compression => compression.MimeTypes = ["text/html", "text/csv", "application/json", RunDownloads.JsonLines]);
    }

    private static void Map(WebApplication app)
    {
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        app.Use(async (context, next) =>
        {
            if (stopping.IsCancellationRequested)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            await next(context);
        });
        app.UseResponseCompression();
        app.MapStudioPages();
        app.MapRunDownloads();
        app.MapHub<RunHub>(RunHub.Path);
        app.Lifetime.ApplicationStarted.Register(() => app.Services.GetRequiredService<HomeLock>().Announce(AddressOf(app)));
    }

    private static void RequireLoopback(IReadOnlyList<string> urls)
    {
        foreach (string url in urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme != Uri.UriSchemeHttp)
            {
                throw new InputException($"--urls {url}: no such address; write http://localhost:PORT.");
            }

            if (address.Host != "localhost" && !(IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip)))
            {
                throw new InputException($"--urls {url}: anyone who reaches that address could use the studio; write http://localhost:PORT and reach it through an SSH tunnel.");
            }
        }
    }

    /// <summary>Signals are the command line's to hear.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
