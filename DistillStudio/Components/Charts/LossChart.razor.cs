using DistillStudio.Components.Interactivity;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Plotly.Blazor;
using Plotly.Blazor.Interop;

namespace DistillStudio.Components.Charts;

/// <summary>
/// Draws one figure of stacked panels. A new <see cref="Figure"/> is drawn completely; <see cref="AppendAsync"/> adds points to the
/// current one.
/// </summary>
public sealed partial class LossChart(PagePresence presence, BrowserInterop script) : LiveComponent, IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private static readonly Config Config = new()
    {
        Responsive = true,
        DisplayLogo = false,
        DisplayModeBar = Plotly.Blazor.ConfigLib.DisplayModeBarEnum.False,
        ScrollZoom = Plotly.Blazor.ConfigLib.ScrollZoomFlag.False,
        DoubleClick = Plotly.Blazor.ConfigLib.DoubleClickEnum.AutoSize,
        ShowTips = false,
    };

    // Serialises appends and redraws: an append during a redraw would leave its points in lists that the redraw sends again.
    private readonly SemaphoreSlim _oneCall = new(1);
    private PlotlyChart? _chart;
    private PlotlyFigure? _plot;
    private IList<ITrace> _data = [];
    private Plotly.Blazor.Layout _layout = new();
    private ChartFigure? _figure;
    private bool _wasDark;
    private int _height = 300;
    private bool _isDrawn;
    private bool _mustDraw;
    private bool _mustHide;

    [Parameter, EditorRequired]
    public required ChartFigure Figure { get; set; }

    /// <summary>Element id, unique on the page.</summary>
    [Parameter]
    public string Id { get; set; } = "loss-chart";

    /// <summary>Accessible name of the chart.</summary>
    [Parameter]
    public string Label { get; set; } = "Curves";

    /// <summary>Raised when the user zooms, pans or shows the whole again.</summary>
    [Parameter]
    public EventCallback<ChartZoom> ZoomChanged { get; set; }

    [CascadingParameter(Name = "IsDark")]
    public bool IsDark { get; set; }

    protected override void OnInitialized() => presence.Changed += OnPresenceChanged;

    protected override void OnParametersSet()
    {
        if (!ReferenceEquals(Figure, _figure) || IsDark != _wasDark)
        {
            // Hiding a curve sends no data.
            bool isSame = _figure is not null && IsDark == _wasDark && Figure == _figure with { Hidden = Figure.Hidden };
            _figure = Figure;
            _wasDark = IsDark;
            (_mustDraw, _mustHide) = (_mustDraw || !isSame, isSame);
            if (_plot is null)
            {
                Take(); // the chart component draws these itself
            }
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_mustDraw && _isDrawn)
        {
            await DrawAsync();
        }
        else if (_mustHide && _isDrawn)
        {
            await HideAsync();
        }
    }

    /// <summary>Appends points to the current curves.</summary>
    /// <returns>False if the points were not drawn and the figure must be redrawn.</returns>
    public async Task<bool> AppendAsync(IReadOnlyList<ChartDelta> deltas)
    {
        if (_chart is null || _plot is null || !_isDrawn || _mustDraw || !presence.IsWatched)
        {
            return false;
        }

        // The first point of a panel releases its fixed axis range, which requires a full redraw.
        if (deltas.Any(d => d.X.Count > 0 && Figure.Series.FirstOrDefault(s => s.Key == d.Key) is { } first
            && Figure.Series.All(s => s.Panel != first.Panel || s.X.Count == 0)))
        {
            return false;
        }

        ChartFigure figure = Figure;
        await _oneCall.WaitAsync();
        try
        {
            if (_mustDraw || !ReferenceEquals(figure, Figure))
            {
                return false;
            }

            (List<IEnumerable<object>> x, List<IEnumerable<object>> y, List<int> indices) = _plot.Extension(deltas);
            return indices.Count == 0 || await TryAsync(stop => _chart.ExtendTraces(x, y, indices, null, stop));
        }
        finally
        {
            _oneCall.Release();
        }
    }

    public void Dispose() => presence.Changed -= OnPresenceChanged;

    /// <summary>Redraws the figure after the current call has ended.</summary>
    private async Task DrawAsync()
    {
        await _oneCall.WaitAsync();
        try
        {
            if (_chart is not null && presence.IsWatched)
            {
                if (_mustDraw)
                {
                    Take();
                    StateHasChanged(); // passes the new lists to the chart component
                }

                await TryAsync(_chart.React);
            }
        }
        finally
        {
            _oneCall.Release();
        }
    }

    /// <summary>Applies to the drawn figure which of its curves are visible.</summary>
    private async Task HideAsync()
    {
        await _oneCall.WaitAsync();
        try
        {
            if (!_mustDraw && presence.IsWatched)
            {
                Take();
                await script.CallAsync("showCurves", Id, _plot!.Visibility, _plot.VisibleLayout);
            }
        }
        finally
        {
            _oneCall.Release();
        }
    }

    /// <summary>Creates new lists, because the chart component appends to the lists it holds.</summary>
    private void Take()
    {
        _plot = new PlotlyFigure(Figure, IsDark);
        (_data, _layout, _height) = (_plot.Data, _plot.Layout, _plot.Height);
        (_mustDraw, _mustHide) = (false, false);
    }

    /// <summary>Returns false if the connection was lost, which cancels the call; it is then unknown what was drawn.</summary>
    private static async Task<bool> TryAsync(Func<CancellationToken, Task> call)
    {
        try
        {
            using var timeout = new CancellationTokenSource(CallTimeout);
            await call(timeout.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or JSDisconnectedException)
        {
            return false;
        }
    }

    private void OnDrawn()
    {
        _isDrawn = true;
        Start(async () =>
        {
            await TryAsync(_chart!.SubscribeRelayoutEvent);
            await script.CallAsync("readCurves", Id);
            if (_mustDraw)
            {
                await DrawAsync();
            }
        });
    }

    private void OnRelayout(RelayoutEventData change)
    {
        if (change.RawData is not { } raw)
        {
            return;
        }

        if (ZoomedTo.Read(Figure, raw) is { } zoom && zoom != Figure.View.Zoom)
        {
            Start(() => ZoomChanged.InvokeAsync(zoom));
        }
    }

    private void OnPresenceChanged(bool isWatched)
    {
        if (isWatched)
        {
            Start(DrawAsync);
        }
    }
}
