using System.Text.Json;
using DistillStudio.Components.Layout;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using MudBlazor;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Settings to begin with: the demo's, the paper's, an earlier run's, a file's.</summary>
public sealed partial class LaunchSources(IRunHistory history, BrowserScript script, ISnackbar snackbar) : ComponentBase
{
    private const int Recent = 10;

    /// <summary>A spec has about a kilobyte.</summary>
    private const int LargestFile = 64 << 10;

    private static readonly RunSpec Paper = new() { Dataset = "cqa", FromPretrained = "google/t5-v1_1-base", Llm = DatasetLayout.Palm };

    private IReadOnlyList<RunSummary> _recent = [];

    [Parameter]
    public EventCallback<RunSpec> Loaded { get; set; }

    protected override void OnInitialized() => _recent = [.. history.ListRuns().Take(Recent)];

    private Task OpenFileAsync() => script.CallAsync("click", "#spec-file");

    private async Task ReadAsync(InputFileChangeEventArgs chosen)
    {
        try
        {
            await using Stream content = chosen.File.OpenReadStream(LargestFile);
            using var buffer = new MemoryStream();
            await content.CopyToAsync(buffer);
            RunSpec spec = JsonSerializer.Deserialize<RunSpec>(buffer.ToArray(), EngineJson.Spec) ?? throw new JsonException("it holds null");
            await Loaded.InvokeAsync(spec with { Name = null });
            snackbar.Add($"Settings of {chosen.File.Name} loaded.", Severity.Success);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            string why = e is JsonException ? e.Message : $"it is larger than {LargestFile >> 10} KB";
            snackbar.Add($"{chosen.File.Name} is no run's spec.json: {why.TrimEnd('.')}. Choose the file from a folder under runs/.", Severity.Error);
        }
    }
}
