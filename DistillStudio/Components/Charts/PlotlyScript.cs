using DistillStudio.Components.Interactivity;
using Microsoft.JSInterop;
using Plotly.Blazor;

namespace DistillStudio.Components.Charts;

/// <summary>
/// Plotly's script in a browser. A chart loads it when it is first drawn; a page that still reads its data can load it in parallel.
/// </summary>
public sealed class PlotlyScript(IJSRuntime runtime, BrowserInterop script)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Loads the script. Does nothing if it is loaded, or if the connection is lost.</summary>
    public async Task LoadAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            await using var plotly = new PlotlyJsInterop(runtime, new NoChart(), useBasicVersion: true);
            await plotly.Purge(timeout.Token);
        }
        catch (Exception e) when (e is JSException or JSDisconnectedException or OperationCanceledException)
        {
            // The chart loads it.
        }
    }

    /// <summary>Loads the script once the page is idle, if the browser has a fast connection.</summary>
    public async Task LoadAheadAsync()
    {
        if (await script.AskAsync("canLoadAhead", "no") == "yes")
        {
            await LoadAsync();
        }
    }

    /// <summary>A chart that is on no page: clearing it loads the script and nothing else.</summary>
    private sealed class NoChart : PlotlyChart
    {
        public NoChart() => Id = "no-chart";
    }
}
