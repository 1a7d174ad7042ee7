using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>One run's answer to a row, at the current and at the previous evaluation.</summary>
public sealed record SharedAnswer(FigureRun Run, Sample Now, Sample? Before);

/// <summary>A row sampled in every run.</summary>
public sealed record SharedSample(int Row, IReadOnlyList<SharedAnswer> Answers)
{
    /// <summary>Any of the samples, for the values shared by all: input and true label.</summary>
    public Sample Any => Answers[0].Now;

    public bool HasWrong => Answers.Any(a => !a.Now.IsCorrect);

    public bool HasChanged =>
        Answers.Any(a => a.Before is { } before && (before.Label != a.Now.Label || before.Rationale != a.Now.Rationale));
}

/// <summary>Shows the rows sampled in all runs side by side.</summary>
public sealed partial class CompareSamples(IRunHistory history) : ComponentBase
{
    private IReadOnlyList<int> _steps = [];
    private List<SharedSample> _rows = [];
    private IReadOnlyList<SharedSample> _shown = [];
    private SampleCounts _counts = new(0, 0, 0);
    private bool _hasRationales;
    private string _missing = "";
    private (string Runs, SampleView View, int Version)? _read;

    [Parameter, EditorRequired]
    public required IReadOnlyList<FigureRun> Runs { get; set; }

    [Parameter, EditorRequired]
    public required SampleView View { get; set; }

    [Parameter]
    public EventCallback<SampleView> ViewChanged { get; set; }

    /// <summary>Version number, incremented when there are new samples.</summary>
    [Parameter]
    public int Version { get; set; }

    protected override void OnParametersSet()
    {
        string runs = string.Join('|', Runs.Select(r => $"{r.Run.Id}/{r.Name}/{r.Color}/{r.Run.State}"));
        if (_read == (runs, View, Version))
        {
            return;
        }

        _read = (runs, View, Version);
        IReadOnlyList<int>[] steps = [.. Runs.Select(r => history.SampleSteps(r.Run.Id))];
        (FigureRun Run, IReadOnlyList<int> Steps)[] sampled = [.. Runs.Zip(steps).Where(r => r.Second.Count > 0)];
        bool mayCome = Runs.Zip(steps).Any(r => r.Second.Count == 0 && !r.First.Run.State.HasEnded());
        _steps = [.. steps.SelectMany(s => s).Distinct().Order()];
        _rows = sampled.Length == 0 || mayCome ? [] : SharedAt(_steps[SampleSteps.IndexOf(_steps, View.Step)], sampled);
        _missing = _rows.Count > 0 && sampled.Length == Runs.Count ? "" : MissingSamples.Explain(Runs, [.. steps.Select(s => s.Count > 0)]);
        _hasRationales = _rows.Any(r => r.Answers.Any(a => a.Now.Rationale is not null));
        _counts = new(_rows.Count, _rows.Count(r => r.HasWrong), _rows.Count(r => r.HasChanged));
        _shown = View.Filter switch
        {
            SampleFilter.Wrong => [.. _rows.Where(r => r.HasWrong)],
            SampleFilter.Changed => [.. _rows.Where(r => r.HasChanged)],
            SampleFilter.Random => SampleDraw.Few(_rows, r => r.Row, View.Draw),
            _ => _rows,
        };
    }

    /// <summary>Returns the samples that the runs share, each run at its last evaluation at or before the step.</summary>
    /// <param name="step">A step of any of the runs.</param>
    /// <param name="sampled">The runs with samples: one that ended without any would leave nothing to show of the others.</param>
    private List<SharedSample> SharedAt(int step, (FigureRun Run, IReadOnlyList<int> Steps)[] sampled)
    {
        var answers = new List<Dictionary<SampledRow, SharedAnswer>>();
        foreach ((FigureRun run, IReadOnlyList<int> steps) in sampled)
        {
            int at = SampleSteps.IndexOf(steps, step);
            Dictionary<SampledRow, Sample> before = at == 0 ? [] : Read(run.Run.Id, steps[at - 1]);
            answers.Add(
                Read(run.Run.Id, steps[at]).ToDictionary(
                    s => s.Key, s => new SharedAnswer(run, s.Value, before.GetValueOrDefault(s.Key))));
        }

        return
        [
            .. answers[0].Where(first => answers.All(run => run.ContainsKey(first.Key)))
                .OrderBy(first => first.Value.Now.Row)
                .Select(first => new SharedSample(first.Value.Now.Row, [.. answers.Select(run => run[first.Key])])),
        ];
    }

    /// <summary>Returns the samples of a run by content, since other data or another split has other rows under the same number.</summary>
    private Dictionary<SampledRow, Sample> Read(string runId, int step) =>
        (history.Samples(runId, step)?.Samples ?? []).DistinctBy(sample => sample.Row)
            .GroupBy(sample => (sample.Input, sample.Truth))
            .SelectMany(
                same => same.OrderBy(sample => sample.Row).Select(
                    (sample, place) => (Row: new SampledRow(sample.Input, sample.Truth, place), Sample: sample)))
            .ToDictionary(found => found.Row, found => found.Sample);

    /// <summary>A row by its content, and its place among the rows with the same content.</summary>
    private sealed record SampledRow(string Input, string Truth, int Place);
}
