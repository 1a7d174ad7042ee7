using System.Globalization;
using DistillStudio.Components.Interactivity;
using DistillStudio.Datasets;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>Histograms of the lengths of a split's inputs, labels and rationales in the tokens of a model, with the lengths at which runs
/// cut them.</summary>
public sealed partial class DatasetLengths(DatasetCache cache, ILaunchFacts facts) : LiveComponent, IDisposable
{
    private CancellationTokenSource _counting = new();
    private IReadOnlyList<ModelChoice> _models = [];
    private (string Split, string Model, int CutOff, string? Teacher)? _asked;
    private IReadOnlyList<(string What, LengthHistogram? Lengths)>? _histograms;
    private string? _trouble;

    [Parameter, EditorRequired]
    public required Dataset Dataset { get; set; }

    [Parameter, EditorRequired]
    public required DatasetView View { get; set; }

    [Parameter]
    public EventCallback<DatasetView> ViewChanged { get; set; }

    public void Dispose()
    {
        _counting.Cancel();
        _counting.Dispose();
    }

    protected override void OnInitialized() => _models = facts.Choices().Models;

    protected override void OnParametersSet()
    {
        (string Split, string Model, int CutOff, string? Teacher) asked = (View.Split, View.Model, View.CutOff, View.Teacher);
        if (_asked != asked)
        {
            _asked = asked;
            Start(CountAsync);
        }
    }

    private async Task CountAsync()
    {
        await _counting.CancelAsync();
        _counting.Dispose();
        _counting = new();
        CancellationToken stop = _counting.Token;
        (_histograms, _trouble) = (null, null);
        StateHasChanged();
        Split split = Dataset.Splits[View.Split];
        (string model, int cutOff, string? asked) = (View.Model, View.CutOff, View.Teacher);
        try
        {
            T5Tokenizer tokenizer = await cache.TokenizerAsync(model, stop);
            string? teacher = asked is not null && split.Teachers.ContainsKey(asked) ? asked : split.Teachers.Keys.FirstOrDefault();
            (string, LengthHistogram?)[] counted = await Task.Run(
                () => new (string, LengthHistogram?)[]
                {
                    ("Inputs", LengthHistogram.Of(split.Rows.Select(row => row.Input), tokenizer, cutOff, stop)),
                    ("Labels", LengthHistogram.Of(split.Rows.Select(row => row.Label), tokenizer, MethodEncoder.MaxTargetLength, stop)),
                    (
                        $"Rationales of {teacher}",
                        teacher is null
                            ? null
                            : LengthHistogram.Of(
                                split.Teachers[teacher].Where(answer => !answer.IsRationaleBlank).Select(answer => answer.Rationale),
                                tokenizer, MethodEncoder.MaxTargetLength, stop)),
                },
                stop);
            stop.ThrowIfCancellationRequested();
            _histograms = counted;
        }
        catch (InputException e)
        {
            _trouble = e.Message;
        }

        StateHasChanged();
    }

    private Task SetCutOff(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int cutOff) && cutOff > 0
            ? ViewChanged.InvokeAsync(View with { CutOff = cutOff })
            : Task.CompletedTask;

    private static string Height(LengthHistogram histogram, int bin) =>
        histogram.Bins[bin] == 0
            ? "0"
            : FormattableString.Invariant($"{Math.Max(2, 100.0 * histogram.Bins[bin] / histogram.Bins.Max()):0.#}%");

    private static string Left(LengthHistogram histogram) =>
        FormattableString.Invariant($"{100.0 * histogram.CutOff / (histogram.Bins.Count * histogram.Width):0.##}%");
}
