using System.Globalization;
using System.Text;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Formatting;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Charts;

/// <summary>A figure with its controls: axis, scale, smoothing, zoom, equivalent table and export.</summary>
public sealed partial class ChartFrame(BrowserInterop script) : ComponentBase
{
    private readonly ChangeTracker _changes = new();
    private LossChart? _chart;

    [Parameter, EditorRequired]
    public required ChartFigure Figure { get; set; }

    [Parameter, EditorRequired]
    public required ChartView View { get; set; }

    [Parameter]
    public EventCallback<ChartView> ViewChanged { get; set; }

    /// <summary>Content after the legend's entries.</summary>
    [Parameter]
    public RenderFragment? Legend { get; set; }

    /// <summary>Additional content of a legend entry.</summary>
    [Parameter]
    public RenderFragment<LegendEntry>? LegendExtra { get; set; }

    /// <summary>Raised with the keys of all hidden groups.</summary>
    [Parameter]
    public EventCallback<IReadOnlyCollection<string>> HiddenChanged { get; set; }

    /// <summary>Changes with what <see cref="LegendExtra"/> shows.</summary>
    [Parameter]
    public object? LegendVersion { get; set; }

    /// <summary>Element id, unique on the page.</summary>
    [Parameter]
    public string Id { get; set; } = "loss-chart";

    [Parameter]
    public string Label { get; set; } = "Curves";

    /// <summary>Name of saved files, without extension.</summary>
    [Parameter]
    public string FileName { get; set; } = "figure";

    /// <summary>True if there are optional panels.</summary>
    [Parameter]
    public bool HasMore { get; set; } = true;

    private string Note
    {
        get
        {
            (int shown, int total) = Figure.Points;
            string range = View.Zoom.X is null ? "" : " in this range";
            return total > shown
                ? $"{Format.Count(shown)} of {Format.Count(total)} points{range}, extremes included; zoom in for the others."
                : $"{Format.Count(total)} points{range}. Drag over a panel to zoom in, with Shift to move; double-click to zoom out.";
        }
    }

    /// <inheritdoc cref="LossChart.AppendAsync"/>
    public Task<bool> AppendAsync(IReadOnlyList<ChartDelta> deltas) => _chart?.AppendAsync(deltas) ?? Task.FromResult(false);

    protected override bool ShouldRender() => _changes.Any(Figure, View, Label, LegendVersion);

    private Task Change(ChartView view) => ViewChanged.InvokeAsync(view);

    private Task Smooth(ChangeEventArgs change) =>
        double.TryParse((string?)change.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            ? Change(View with { Smoothing = Math.Clamp(weight, 0, ChartView.MostSmoothing) })
            : Task.CompletedTask;

    private Task SaveFigureAsync(string format) => PaperFigure.SaveAsync(script, Figure, Id, FileName, format);

    private async Task SaveTableAsync()
    {
        if (!View.IsTable)
        {
            await script.CallAsync("saveChartTable", Id, $"{FileName}.csv", Figure.XUnit.Title);
            return;
        }

        using var content = new MemoryStream(Encoding.UTF8.GetBytes(FigureTable.Of(Figure).ToCsv()));
        await script.SaveAsync($"{FileName}.csv", "text/csv", content);
    }

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
