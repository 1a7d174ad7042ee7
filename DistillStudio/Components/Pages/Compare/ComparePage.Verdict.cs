using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>The verdict on the runs, which takes longer than anything else on the page.</summary>
public sealed partial class ComparePage
{
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
        (RunSummary, string)[] runs = [.. Judged.Select(r => (r.Run, r.Name))];
        ComparePageView view = _view;
        if (_verdict?.Runs.Select(run => run.Id).ToHashSet().SetEquals(runs.Select(r => r.Item1.Id)) != true)
        {
            _verdict = null; // of other runs
        }

        if (runs.Length > 1)
        {
            Start(async () =>
            {
                await _reading; // the curves come first
                Verdict verdict = await Task.Run(() => ComparedRuns.Compare(history, runs, view.Margin, view.IsAtEqualCompute));
                if (now == _judged)
                {
                    _verdict = verdict;
                    StateHasChanged();
                }
            });
        }
    }
}
