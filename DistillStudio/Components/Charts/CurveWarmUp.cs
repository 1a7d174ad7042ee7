using System.Text.Json;
using DistillStudio.Components.Presentation;
using DistillStudio.History;
using Microsoft.JSInterop;
using Plotly.Blazor;

namespace DistillStudio.Components.Charts;

/// <summary>
/// Draws the curves of the newest runs, without a browser, once the studio has started: the first figure of a process otherwise takes a
/// quarter of a second longer, because its code is compiled at its first use.
/// </summary>
public sealed class CurveWarmUp(IRunHistory history, IHostApplicationLifetime lifetime, ILogger<CurveWarmUp> log) : BackgroundService
{
    /// <summary>Runs with at most this many steps are read within a tenth of a second.</summary>
    private const int MostSteps = 200_000;

    /// <summary>Several runs are drawn in other ways than one.</summary>
    private const int MostRuns = 2;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration start = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        try
        {
            FigureRun[] runs =
            [
                .. history.ListRuns().Where(run => run.Rows is > 0 and <= MostSteps).Take(MostRuns)
                    .Select(run => new FigureRun(run, RunText.Title(run), RunColors.Slot(run))),
            ];
            if (runs.Length > 0)
            {
                ChartFigure figure = new FigureBuilder(history).Build(runs, PanelPlan.All, new ChartView(), runs[^1]).Figure;
                await DrawAsync(figure, stoppingToken);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogDebug(e, "No curves were drawn ahead.");
        }
    }

    /// <summary>Draws a figure as a page does, up to the message to the browser.</summary>
    internal static async Task DrawAsync(ChartFigure figure, CancellationToken stop)
    {
        await using var plotly = new PlotlyJsInterop(new NoBrowser(), new Chart(new PlotlyFigure(figure, isDark: false)), true);
        await plotly.NewPlot(stop);
    }

    private sealed class Chart : PlotlyChart
    {
        public Chart(PlotlyFigure figure) => (Id, Data, Layout, Config) = ("no-chart", figure.Data, figure.Layout, new Config());
    }

    /// <summary>Serialises what is sent to it.</summary>
    private sealed class NoBrowser : IJSRuntime, IJSObjectReference
    {
        private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

        public ValueTask<T> InvokeAsync<T>(string identifier, object?[]? args) => InvokeAsync<T>(identifier, default, args);

        public ValueTask<T> InvokeAsync<T>(string identifier, CancellationToken cancellationToken, object?[]? args)
        {
            JsonSerializer.SerializeToUtf8Bytes(args?.Where(argument => argument is not IDisposable), Json);
            return ValueTask.FromResult(typeof(T) == typeof(IJSObjectReference) ? (T)(object)this : default!);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
