using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>The verdict on the runs, which takes longer than anything else on the page.</summary>
public sealed partial class ComparePage
{
    private OneAtATime _judging = null!;
    private Verdict? _verdict;
    private string _judged = "";

    /// <summary>Works out the verdict in the background if the runs have changed in a way that may change it.</summary>
    private void Judge()
    {
        string now = string.Join(
            '\n',
            _ordered.Select(r => $"{r.Run.Id} {r.Name} {r.Run.State} {r.Run.Step / Math.Max(1, r.Run.Spec.EvalSteps)} "
                + $"{r.Run.Evaluating is null} {r.Run.LastValidAccuracy}")
                .Append($"{_view.Margin} {_view.IsAtEqualCompute}"));
        if (now == _judged)
        {
            return;
        }

        _judged = now;
        if (_verdict?.Runs.Select(run => run.Id).ToHashSet().SetEquals(Judged.Select(r => r.Run.Id)) != true)
        {
            _verdict = null; // of other runs
        }

        Start(_judging.AskAsync);
    }

    private async Task JudgeAsync()
    {
        await _reading; // the curves come first
        (string now, ComparePageView view) = (_judged, _view);
        (RunSummary, string)[] runs = [.. Judged.Select(r => (r.Run, r.Name))];
        if (runs.Length > 1)
        {
            Verdict verdict = await Task.Run(() => ComparedRuns.Compare(history, runs, view.Margin, view.IsAtEqualCompute));
            if (now == _judged)
            {
                _verdict = verdict;
                StateHasChanged();
            }
        }
    }
}
