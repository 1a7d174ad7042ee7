using System.Text.Json;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using MudBlazor;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Offers initial settings: the demo's, the paper's, those of an earlier run or of a file.</summary>
public sealed partial class LaunchSources(IRunHistory history, BrowserInterop script, ISnackbar snackbar) : ComponentBase
{
    private const int Recent = 10;

    /// <summary>Maximum size of a settings file in bytes; a spec has about 1 KB.</summary>
    private const int LargestFile = 64 * ByteSize.KB;

    private static readonly RunSpec Paper = new() { Dataset = "cqa", FromPretrained = "google/t5-v1_1-base", Teacher = DatasetLayout.Palm };

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
            RunSpec spec = Read(chosen.File.Name, buffer.ToArray());
            await Loaded.InvokeAsync(spec with { Name = null });
            snackbar.AddNote($"Settings of {chosen.File.Name} loaded.", Severity.Success);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            snackbar.AddNote(
                e is InputException ? e.Message : Sentence(chosen.File.Name, $"it is larger than {ByteSize.Format(LargestFile)}"),
                Severity.Error);
        }
    }

    /// <summary>Reads settings from a file; the form validates them.</summary>
    /// <exception cref="InputException">The file contains no settings.</exception>
    internal static RunSpec Read(string fileName, byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<RunSpec>(content, EngineJson.Spec) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            string why = e.Path is ['$', '.', .. var field] ? $"its {field} is not valid" : "it is not a JSON object with at least dataset "
                + "and from_pretrained";
            throw new InputException(Sentence(fileName, why), e);
        }
    }

    private static string Sentence(string fileName, string why) =>
        $"{fileName} is not a run's spec.json: {why}; choose the file from a folder under runs/.";
}
