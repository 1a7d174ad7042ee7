using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Help;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Diagnostics;
using MudBlazor;
using MudBlazor.Services;

namespace DistillStudio.Components;

/// <summary>Registers the studio's pages. The host provides history, live feed, run manager, launch facts, home and clock.</summary>
public static class StudioPages
{
    /// <summary>Maximum size of a message from the browser in bytes: a chart's zoom event alone exceeds the default of 32 KB.</summary>
    private const long LargestMessage = 1 << 20;

    /// <summary>
    /// Interval at which each open page releases closed popovers. With the default of twice a second, twenty idle pages would wake the
    /// CPU used for training forty times a second.
    /// </summary>
    private static readonly TimeSpan PopoverTidying = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddStudioPages(this IServiceCollection services)
    {
        services.AddRazorComponents()
            .AddInteractiveServerComponents()
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LargestMessage);
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomCenter;
            mud.SnackbarConfiguration.PreventDuplicates = true;
            mud.SnackbarConfiguration.MaxDisplayedSnackbars = 3;
            mud.PopoverOptions.QueueDelay = PopoverTidying;
        });
        services.AddSingleton(provider => new UserManual(provider.GetRequiredService<IWebHostEnvironment>().WebRootFileProvider));
        services.AddScoped<PagePresence>();
        services.AddScoped<CircuitHandler>(provider => provider.GetRequiredService<PagePresence>());
        services.AddScoped<BrowserInterop>();
        services.AddScoped<Shortcuts>();
        services.AddScoped<RunActions>();
        services.AddScoped<StudyActions>();
        services.AddScoped<FigureBuilder>();
        services.AddScoped<PlotlyScript>();
        services.AddHostedService<CurveWarmUp>();
        return services;
    }

    public static void MapStudioPages(this WebApplication app)
    {
        // Unknown addresses show a page; a client that requests a file receives only the status code.
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            if (context.Features.Get<IStatusCodePagesFeature>() is { } pages
                && !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            {
                pages.Enabled = false;
            }

            return next(context);
        });
        // the address of a run without its end
        app.MapGet("/runs", (HttpRequest request) => Results.LocalRedirect($"~/{request.QueryString}"));
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous(); // public files of the application, some needed by the login page
        // the host sets it on every response
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null);
    }
}
