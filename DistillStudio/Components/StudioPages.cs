using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Layout;
using Microsoft.AspNetCore.Components.Server.Circuits;
using MudBlazor;
using MudBlazor.Services;

namespace DistillStudio.Components;

/// <summary>What a host needs to show the studio's pages; it brings history, feed, desk, facts, home and clock itself.</summary>
public static class StudioPages
{
    /// <summary>The most a browser may send at once, in bytes: a chart's zoom event alone passes the default of 32 KB.</summary>
    private const long LargestMessage = 1 << 20;

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
        });
        services.AddScoped<PagePresence>();
        services.AddScoped<CircuitHandler>(provider => provider.GetRequiredService<PagePresence>());
        services.AddScoped<BrowserScript>();
        services.AddScoped<Shortcuts>();
        services.AddScoped<RunActions>();
        services.AddScoped<FigureBuilder>();
        return services;
    }

    public static void MapStudioPages(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous(); // published with the program: the login page needs some
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null); // the host says so for every answer
    }
}
