using System.Text.Json;
using DistillStudio.Cluster;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Cluster;

/// <summary>Tests a profile with a small job, and shows what the job found. The job is removed when its page is left.</summary>
public sealed partial class ProfileTest(ClusterTester tester) : LiveComponent, IDisposable
{
    private CancellationTokenSource? _stop;
    private ClusterTestResult? _now;
    private string? _tested;
    private string? _refused;

    /// <summary>The profile, which need not be saved; null while it is not valid.</summary>
    [Parameter]
    [EditorRequired]
    public required ClusterProfile? Profile { get; set; }

    /// <summary>Why it cannot be tested, as a sentence; null if it can.</summary>
    [Parameter]
    public string? WhyNot { get; set; }

    private string UnderWay => _now is { } now
        ? $"Job {now.JobId} is {ClusterText.Title(now.State)}{(now.Reason is { } reason ? $" ({reason})" : "")}…"
        : "Submitting a job…";

    private string? Trouble => _refused ?? _now?.Problem;

    /// <summary>What would keep a run from being trained there; null if nothing would.</summary>
    private string? Flaw => _now?.Found is not { } found ? null
        : found.LibTorchProblem ?? found.HomeProblem ?? (Profile?.Gres?.StartsWith("gpu", StringComparison.Ordinal) == true
            && found.Gpus.Count == 0 ? "The profile asks for GPUs, but libtorch can use none there." : null);

    public void Dispose() => _stop?.Cancel();

    protected override void OnParametersSet()
    {
        if (_stop is null && _tested != TextOf(Profile))
        {
            (_now, _refused) = (null, null); // what is shown was found with other values
        }
    }

    private async Task TestAsync()
    {
        if (Profile is not { } profile)
        {
            return;
        }

        using var stop = new CancellationTokenSource();
        (_stop, _now, _refused, _tested) = (stop, null, null, TextOf(profile));
        try
        {
            _now = await Task.Run(() => tester.RunAsync(profile, now => Tell(stop, now), stop.Token), stop.Token);
        }
        catch (OperationCanceledException)
        {
            _now = null;
        }
        catch (StudioException e)
        {
            (_now, _refused) = (null, e.Message);
        }
        finally
        {
            _stop = null;
        }
    }

    private static string TextOf(ClusterProfile? profile) => JsonSerializer.Serialize(profile, EngineJson.Spec);

    private void Tell(CancellationTokenSource test, ClusterTestResult now) => Start(() =>
    {
        if (_stop == test)
        {
            _now = now;
            StateHasChanged();
        }
    });
}
