using DistillStudio.Commands.Progress;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Commands.Studies;

/// <summary>Writes the progress of a study for people, into a terminal or a log.</summary>
internal sealed class StudyLines(TextWriter output) : IStudyReport
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly HashSet<int> _reported = [];
    private RunProgress _run = new();
    private int _dropped;
    private DateTimeOffset? _lastStatus;

    public void OnPlanned(StudyProgress progress, StudyEstimate estimate)
    {
        Study study = progress.Study;
        _dropped = progress.Count(StudyRunState.Dropped);
        _reported.UnionWith(progress.Decisions.Where(decision => decision.Kind != DecisionKind.Open).Select(decision => decision.Cell));
        string seeds =
            study.IsSequential ? $"up to {Format.Plural(study.PlannedSeeds.Count, "seed")}" : Format.Plural(study.Seeds.Count, "seed");
        string reused = estimate.Reused > 0 ? $", {Format.Count(estimate.Reused)} of them already exist" : "";
        Write($"{study.Name}: {Format.Plural(progress.Grid.Cells.Count, "cell")} × {seeds}, {Format.Plural(estimate.Runs, "run")}{reused}");
        if (estimate.Open > 0)
        {
            string time =
                estimate.Seconds is { } seconds ? Format.About(seconds) : "the time is known once the first run has ended";
            string free = estimate.FreeBytes is { } left ? $" of {ByteSize.Format(left)} free" : "";
            string disk = estimate.Bytes is { } bytes ? $"; about {ByteSize.Format(bytes)} of disk{free}" : "";
            Write($"{Format.Plural(estimate.Open, "run")} to do: {time}{disk}");
        }
    }

    public void OnRunBegun(StudyRun run, RunFolder folder, StudyProgress progress)
    {
        (_run, _lastStatus) = (new(), null);
        Write($"{Number(run, progress)} {run.Plan.Cell.Title}, seed {run.Plan.Seed} ({folder.Id})");
    }

    public void OnEvent(RunEvent happened)
    {
        _run = _run.Apply(happened);
        if (happened is Logged { Severity: not LogSeverity.Information } or Resumed or EvaluationCompleted { Split: not "valid" })
        {
            foreach (string line in EventText.Describe(happened, _run))
            {
                Write($"  {line}");
            }
        }
        else if (happened is StepCompleted or EvaluationProgressed && (_lastStatus is null || happened.Time - _lastStatus >= Pause))
        {
            _lastStatus = happened.Time;
            Write($"  {EventText.Status(_run)}");
        }
    }

    public void OnRunEnded(StudyRun run, StudyProgress progress)
    {
        Write(run.State switch
        {
            StudyRunState.Finished => $"  test accuracy {Format.Percent(run.Accuracy)} in {Format.Duration(run.Facts!.Result!.Seconds)}",
            StudyRunState.Failed => $"  failed: {run.Facts!.Failure}",
            _ => $"  interrupted after step {run.Facts?.Step ?? 0:N0}",
        });
        foreach (StudyDecision decision in
            progress.Decisions.Where(decision => decision.Kind != DecisionKind.Open && _reported.Add(decision.Cell)))
        {
            Write($"{progress.Grid.Cells[decision.Cell].Title}: {decision.FullText}");
        }

        int dropped = progress.Count(StudyRunState.Dropped);
        if (dropped > _dropped)
        {
            Write($"{Format.Plural(dropped - _dropped, "run")} dropped, since no longer needed");
            _dropped = dropped;
        }
    }

    public void OnWaiting(StudyProgress progress) =>
        Write($"waiting for {Format.Plural(progress.Count(StudyRunState.Active), "run")} that other processes train");

    public void OnEnded(StudyProgress progress, bool isInterrupted)
    {
        int failed = progress.Count(StudyRunState.Failed);
        string counts = StudyText.Counts(
            progress.Count(StudyRunState.Finished), progress.Runs.Count, failed, progress.Count(StudyRunState.Dropped));
        Write($"{(isInterrupted ? "interrupted" : "done")}: "
            + $"{counts}{(failed > 0 ? " (--rerun-failed continues those that failed)" : "")}");
        Write($"{(isInterrupted ? "continue with" : "see")}: study {(isInterrupted ? "run" : "show")} {progress.Study.Id}");
    }

    private static string Number(StudyRun run, StudyProgress progress)
    {
        int index = progress.Runs.Index().First(other => other.Item.Plan.Key == run.Plan.Key).Index;
        return $"[{Format.Count(index + 1)}/{Format.Count(progress.Runs.Count)}]";
    }

    private void Write(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}
