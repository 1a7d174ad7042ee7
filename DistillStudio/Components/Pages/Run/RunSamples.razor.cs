using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Run;

/// <summary>Shows the student's answers to the same validation rows at every evaluation, and how they change.</summary>
public sealed partial class RunSamples(IRunHistory history) : ComponentBase
{
    private IReadOnlyList<Sample> _shown = [];
    private Dictionary<int, Sample> _before = [];
    private readonly ChangeTracker _changes = new();
    private SampleCounts _counts = new(0, 0, 0);
    private (string Id, int Step, SampleView View)? _read;

    [Parameter, EditorRequired]
    public required RunSummary Run { get; set; }

    /// <summary>Steps with samples, in ascending order.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<int> Steps { get; set; }

    [Parameter, EditorRequired]
    public required SampleView View { get; set; }

    [Parameter]
    public EventCallback<SampleView> ViewChanged { get; set; }

    private string Heading => Steps.Count == 0 ? "" : $"{_counts.All - _counts.Wrong} of {_counts.All} correct";

    private string Nothing => View.Filter switch
    {
        SampleFilter.Wrong => "No wrong answers at this step.",
        SampleFilter.Changed => "Nothing has changed since the previous evaluation.",
        _ => "No samples at this step.",
    };

    protected override void OnParametersSet()
    {
        int at = SampleSteps.IndexOf(Steps, View.Step);
        if (at < 0 || _read == (Run.Id, Steps[at], View))
        {
            return;
        }

        _read = (Run.Id, Steps[at], View);
        IReadOnlyList<Sample> samples = history.Samples(Run.Id, Steps[at])?.Samples ?? [];
        _before = at == 0 ? [] : (history.Samples(Run.Id, Steps[at - 1])?.Samples ?? []).DistinctBy(s => s.Row).ToDictionary(s => s.Row);
        _counts = new(samples.Count, samples.Count(s => !s.IsCorrect), samples.Count(HasChanged));
        _shown = View.Filter switch
        {
            SampleFilter.Wrong => [.. samples.Where(s => !s.IsCorrect)],
            SampleFilter.Changed => [.. samples.Where(HasChanged)],
            SampleFilter.Random => SampleDraw.Few(samples, s => s.Row, View.Draw),
            _ => samples,
        };
    }

    protected override bool ShouldRender() =>
        _changes.Any(Run.Id, Steps, View, _shown, Steps.Count == 0 ? RunText.WithoutEvaluation(Run) : null);

    private bool HasChanged(Sample sample) =>
        _before.TryGetValue(sample.Row, out Sample? before) && (before.Label != sample.Label || before.Rationale != sample.Rationale);
}
