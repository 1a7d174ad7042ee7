using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Models;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Models;

/// <summary>Shows one model: its shape, its size, the memory that training takes, and its origin.</summary>
public sealed partial class ModelPage(StudioHome home, PagePresence presence, TimeProvider time) : LiveComponent, IDisposable
{
    private string? _read;
    private ModelReport? _report;
    private string? _trouble;
    private OneAtATime? _reading;
    private FolderWatch? _watch;
    private bool _isGone;

    [Parameter]
    public string First { get; set; } = "";

    [Parameter]
    public string? Second { get; set; }

    private string Name => Second is null ? First : $"{First}/{Second}";

    public void Dispose() => _watch?.Dispose();

    protected override void OnInitialized() => _reading = new(ReadAsync);

    protected override void OnParametersSet()
    {
        if (_read != Name)
        {
            _read = Name;
            (_report, _trouble, _isGone) = (null, null, false);
            Start(_reading!.AskAsync);
        }
    }

    private static IEnumerable<(string What, string Value)> Facts(ModelReport report)
    {
        T5Config shape = report.Shape;
        return
        [
            ("Layers of the encoder and the decoder", $"{shape.NumLayers} + {shape.NumDecoderLayers}"),
            ("Width", Format.Count(shape.DModel)),
            ("Feed-forward", $"{Format.Count(shape.DFf)}, {shape.FeedForwardProj}"),
            ("Attention heads", $"{shape.NumHeads} of {shape.DKv}"),
            (
                "Output layer",
                $"{(report.IsTied ? "tied to the embedding" : "separate")}, {(shape.ScaleDecoderOutputs ? "scaled" : "not scaled")}"),
        ];
    }

    private async Task ReadAsync()
    {
        string name = Name;
        try
        {
            // A name in the address must never be read as a path on the machine.
            ModelReport report = await Task.Run(() => ModelReport.Of(ModelLocator.FindByName(name, home)));
            if (name == Name)
            {
                if (_report?.Model != report.Model)
                {
                    _watch?.Dispose();
                    _watch = new(presence, time, report.Model, () => RunAsync(_reading!.AskAsync));
                }

                (_report, _trouble, _isGone) = (report, null, false);
            }
        }
        catch (StudioException e)
        {
            _isGone = _report is { } read && !Directory.Exists(read.Model);
            _trouble = _isGone ? null : e.Message;
        }

        StateHasChanged();
    }
}
