using System.Net;
using DistillStudio.Access;
using DistillStudio.Cluster;
using DistillStudio.Components;
using DistillStudio.Configuration;
using DistillStudio.Datasets;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Live;
using DistillStudio.Models;
using DistillStudio.Notices;
using DistillStudio.Teachers;
using DistillStudio.Views;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistillStudio.Hosting;

/// <summary>Builds the web application: registers all services and maps all routes of the studio.</summary>
public static class StudioHost
{
    // A browser with an open page reconnects to a stopping server, which would delay shutdown by 30 seconds.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    /// <exception cref="InputException">
    /// An address, a host name or the token is invalid, or the home is in use or cannot be written.
    /// </exception>
    public static WebApplication Build(StudioOptions options)
    {
        AccessPlan plan = AccessPlan.Of(options);
        WebApplicationBuilder builder = StudioHostBuilder.Create(
            options.IsHttps ? CertificateSettings.ForKestrel(options.Configuration) : null);

        // Otherwise package files are treated as edited and served without their precompressed versions: 0.5 MB more for the first page.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = builder.Environment.IsDevelopment().ToString();
        UsePackageFiles(builder);
        builder.WebHost.UseUrls([.. options.Urls]).ConfigureKestrel(RequestLimits.Set);
        CancellationToken stopping = default;
        builder.Logging.AddStudioLogging(options.Configuration, () => stopping.IsCancellationRequested);
        builder.Services.AddStudioAccess(plan, options.Home);
        AddServices(builder.Services, options);

        options.Services?.Invoke(builder.Services);

        var home = HomeLock.Take(options.Home);
        builder.Services.AddSingleton(_ => home);
        WebApplication app = builder.Build();
        stopping = app.Lifetime.ApplicationStopping;
        _ = app.Services.GetRequiredService<HomeLock>(); // the container disposes only resolved services
        KeyFiles.Prepare(StudioAccess.KeyFolder(options.Home), app.Logger);
        Map(app);
        return app;
    }

    /// <summary>Lets a program that was built, not published, serve the files of packages from where the build found them.</summary>
    /// <exception cref="InputException">Another user built it, whose packages this one cannot read.</exception>
    private static void UsePackageFiles(WebApplicationBuilder builder)
    {
        try
        {
            builder.WebHost.UseStaticWebAssets();
        }
        catch (DirectoryNotFoundException e)
        {
            throw new InputException($"{e.Message} cannot be read, from where a program that was built takes files of its pages; start "
                + $"it as the user who built it, or publish it (dotnet publish DistillStudio -c Release) and start that.", e);
        }
    }

    /// <summary>
    /// Returns the URL of a started studio. A wildcard address is replaced by this machine's host name.
    /// </summary>
    public static string AddressOf(WebApplication app) => AddressOf(app.Services);

    /// <inheritdoc cref="AddressOf(WebApplication)"/>
    private static string AddressOf(IServiceProvider services) =>
        services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            .Replace("://[::]", $"://{Dns.GetHostName()}", StringComparison.Ordinal)
            .Replace("://0.0.0.0", $"://{Dns.GetHostName()}", StringComparison.Ordinal)
        + services.GetRequiredService<AccessPlan>().PathBase.ToUriComponent();

    /// <inheritdoc cref="BoundAddress.Describe(IReadOnlyCollection{string}, IEnumerable{ListenAddress})"/>
    /// <param name="app">A started studio.</param>
    /// <param name="options">Its options.</param>
    public static string? ListensOn(WebApplication app, StudioOptions options) => BoundAddress.Describe(
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses],
        options.Urls.Select(url => ListenAddress.Parse(url, options.Places[StudioSettings.Urls])));

    /// <summary>Returns the sign-in link if the program generated the token; otherwise null.</summary>
    public static string? LoginLinkOf(WebApplication app) =>
        app.Services.GetService<AccessToken>()?.Generated is { } made ? $"{AddressOf(app)}{LoginRoutes.Login}?token={made}" : null;

    private static void AddServices(IServiceCollection services, StudioOptions options)
    {
        StudioHome home = options.Home;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.Replace(ServiceDescriptor.Singleton<IHostLifetime, QuietLifetime>());
        services.AddSingleton(home);
        services.AddSingleton(TimeProvider.System);
        services.AddHostedService<HomePermissions>(); // runs before anything accesses the home

        services.AddSingleton(
            s => new RunHistory(home.Database, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<RunHistory>>()));
        services.AddSingleton<IRunHistory>(s => s.GetRequiredService<RunHistory>());
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<ILiveFeed>(s => s.GetRequiredService<LiveFeed>());

        services.AddSingleton<RunEditor>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<ActiveRuns>();
        services.AddSingleton<EventIngester>();
        services.AddSingleton(_ => new TokenizedDataCache());
        services.AddSingleton<IRunExecutor, LocalExecutor>();
        services.AddSingleton<ISlurm, SlurmCommands>();
        services.AddSingleton<ClusterProfiles>();
        services.AddSingleton<ClusterTester>();
        services.AddSingleton<ClusterDispatcher>();
        services.AddSingleton<IRunManager, RunManager>();
        services.AddSingleton<StudyStore>();
        services.AddSingleton<SavedViewStore>();
        services.AddSingleton(new RunCatalog(home, RunSidecar.IsDeleted));
        services.AddSingleton<StudyManager>();
        services.AddSingleton<StudyReader>();
        services.AddSingleton<StepMeasurer>();
        services.AddSingleton<ILaunchFacts, LaunchAdvisor>();
        services.AddSingleton(new PublishedSources(options.HubUrl, options.DatasetsUrl));
        services.AddSingleton<DatasetJobs>();
        services.AddSingleton<ModelJobs>();
        services.AddSingleton<DatasetCache>();
        services.AddSingleton<Uploads>();
        if (options.ResumesRuns)
        {
            services.AddHostedService<RunResumer>(); // subscribes before the event ingester raises events
        }

        services.AddHostedService(s => s.GetRequiredService<EventIngester>());
        services.AddSingleton<RunWorker>();
        services.AddHostedService(s => s.GetRequiredService<RunWorker>());
        services.AddHostedService(s => s.GetRequiredService<ClusterDispatcher>());
        services.AddHostedService(s => s.GetRequiredService<StepMeasurer>());
        services.AddHostedService(
            s => new StudyScheduler(
                s.GetRequiredService<StudyManager>(), s.GetRequiredService<EventIngester>(), options.ResumesRuns,
                s.GetRequiredService<ILogger<StudyScheduler>>()));
        services.AddHostedService<RunPurger>();
        services.AddSingleton(s =>
            new TeacherManager(
                home, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<TeacherManager>>(), options.ResumesRuns));
        services.AddHostedService(s => s.GetRequiredService<TeacherManager>());
        AddNotices(services, options.Webhook);
        services.AddStudioHealth();

        services.AddStudioPages();
        services.AddSignalR().AddJsonProtocol(json => json.PayloadSerializerOptions = EngineJson.Events);
        services.AddResponseCompression(
            compression => compression.MimeTypes = ["text/html", "text/csv", "application/json", RunDownloads.JsonLines]);
    }

    /// <exception cref="InputException">The webhook's key cannot be read.</exception>
    private static void AddNotices(IServiceCollection services, WebhookSettings? webhook)
    {
        services.AddSingleton<DecidedStudies>();
        services.AddSingleton<NoticeSource>();
        if (webhook is not null)
        {
            string? key = Webhook.ReadKey(webhook);
            services.AddHostedService(s => new Webhook(
                webhook, key, s.GetRequiredService<NoticeSource>(), () => AddressOf(s), s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<Webhook>>()));
        }

        services.AddHostedService(s => s.GetRequiredService<NoticeSource>());
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
        app.UseStudioAccess();
        app.UseResponseCompression();
        app.MapStudioPages();
        if (app.Services.GetService<AccessToken>() is { } token)
        {
            app.MapLogin(token);
        }

        app.MapStudioHealth();
        app.MapRunDownloads();
        app.MapReportDownloads();
        app.MapModelDownloads();
        app.MapHub<RunHub>(RunHub.Path);
        app.Lifetime.ApplicationStarted.Register(() => app.Services.GetRequiredService<HomeLock>().Announce(AddressOf(app)));
    }

    /// <summary>Ignores process signals, which the command line handles.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
