using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Layout;
using DistillStudio.Components.Pages.Help;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Diagnostics;
using MudBlazor;
using MudBlazor.Services;

namespace DistillStudio.Components;

/// <summary>What a host needs to show the studio's pages; it brings history, feed, desk, facts, home and clock itself.</summary>
public static class StudioPages
{
    /// <summary>The most a browser may send at once, in bytes: a chart's zoom event alone passes the default of 32 KB.</summary>
    private const long LargestMessage = 1 << 20;

    /// <summary>Each open page wakes so often to let go of the popovers that went. Twice a second, the default, twenty pages at rest wake a training processor forty times.</summary>
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
        services.AddScoped<FigureBuilder>();
        return services;
    }

    public static void MapStudioPages(this WebApplication app)
    {
        // An address that is none has a page of its own; a program that asked for a file gets the bare status.
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            if (context.Features.Get<IStatusCodePagesFeature>() is { } pages && !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            {
                pages.Enabled = false;
            }

            return next(context);
        });
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous(); // published with the program: the login page needs some
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null); // the host says so for every answer
    }
}
