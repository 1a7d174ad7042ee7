using Bunit;
using DistillStudio.Cluster;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Live;
using DistillStudio.Views;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;

namespace DistillStudio.Tests.Components;

/// <summary>Renders components without a browser, over the studio's own history, queue and manager on a home of their own. No run is
/// trained.</summary>
public abstract class StudioContext : BunitContext
{
    private readonly TempFolder _folder = new();
    private readonly LiveFeed _feed;

    protected StudioContext()
    {
        Bench = new Bench(_folder.Home, new ScriptedExecutor());
        _feed = new LiveFeed(Bench.History, TimeProvider.System);
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
        Services.AddSingleton(_folder.Home);
        Services.AddSingleton<IRunHistory>(Bench.History);
        Services.AddSingleton<IRunManager>(Bench.Manager);
        Services.AddSingleton<ILiveFeed>(_feed);
        Services.AddSingleton(TimeProvider.System);
        Services.AddScoped<PagePresence>();
        Services.AddScoped<BrowserInterop>();
        Services.AddScoped<Shortcuts>();
        Services.AddScoped<RunActions>();
        Services.AddScoped<FigureBuilder>();
        Services.AddScoped<PlotlyScript>();
        Services.AddSingleton(Bench.Home);
        Services.AddSingleton<ClusterProfiles>();
        Services.AddSingleton<StudyStore>();
        Services.AddSingleton<SavedViewStore>();
        Services.AddSingleton(new RunCatalog(Bench.Home, RunSidecar.IsDeleted));
        Services.AddSingleton(Bench.Queue);
        Services.AddSingleton(Bench.Active);
        Services.AddSingleton<StudyManager>();
        Services.AddSingleton<StudyReader>();
        Services.AddScoped<StudyActions>();
    }

    private protected Bench Bench { get; }

    protected RunActions Actions => Services.GetRequiredService<RunActions>();

    /// <summary>The address as the page left it.</summary>
    protected string Address => Navigation.ToBaseRelativePath(Navigation.Uri);

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    /// <summary>Draws a page as the layout would, at an address.</summary>
    protected IRenderedComponent<T> Open<T>(string address)
        where T : IComponent
    {
        Render<MudPopoverProvider>();
        Navigation.NavigateTo(address);
        return Render<T>();
    }

    /// <summary>A run that history knows, without a folder.</summary>
    protected RunSummary Add(string id, Func<RunSummary, RunSummary>? with = null, RunState state = RunState.Finished, RunSpec? spec = null)
    {
        RunSummary run =
            RunScript.Summary(id, state, spec) with { StartedAt = RunScript.Start.AddMinutes(Bench.History.ListRuns().Count), Name = id };
        Bench.History.Add(with?.Invoke(run) ?? run);
        return Bench.History.Find(id)!;
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _feed.Dispose();
        await Bench.DisposeAsync();
        _folder.Dispose();
    }
}
