using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Studies;

/// <summary>Receives everything that <c>study run</c> tells.</summary>
internal interface IStudyReport : IStudyObserver
{
    void OnPlanned(StudyProgress progress, StudyEstimate estimate);

    void OnEnded(StudyProgress progress, bool isInterrupted);
}

/// <summary>Writes the progress of a study for people, into a terminal or a log.</summary>
internal sealed class StudyLines(TextWriter output) : IStudyReport
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly HashSet<int> _told = [];
    private RunProgress _run = new();
    private int _dropped;
    private DateTimeOffset? _lastStatus;

    public void OnPlanned(StudyProgress progress, StudyEstimate estimate)
    {
        Study study = progress.Study;
        _dropped = progress.Count(StudyRunState.Dropped);
        _told.UnionWith(progress.Decisions.Where(decision => decision.Kind != DecisionKind.Open).Select(decision => decision.Cell));
        string seeds = study.IsSequential ? $"up to {Format.Plural(study.PlannedSeeds.Count, "seed")}" : Format.Plural(study.Seeds.Count, "seed");
        Write($"{study.Name}: {Format.Plural(progress.Grid.Cells.Count, "cell")} × {seeds}, {Format.Plural(estimate.Runs, "run")}{(estimate.Reused > 0 ? $", {Format.Count(estimate.Reused)} of them there already" : "")}");
        if (estimate.Open > 0)
        {
            string time = estimate.Seconds is { } seconds ? $"about {Format.Duration(seconds)}" : "the time is known once the first has ended";
            string disk = estimate.Bytes is { } bytes ? $"; about {ByteSize.Format(bytes)} of disk{(estimate.FreeBytes is { } free ? $" of {ByteSize.Format(free)} that are free" : "")}" : "";
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
        foreach (StudyDecision decision in progress.Decisions.Where(decision => decision.Kind != DecisionKind.Open && _told.Add(decision.Cell)))
        {
            Write($"{progress.Grid.Cells[decision.Cell].Title}: {StudyTables.Words(decision)}");
        }

        int dropped = progress.Count(StudyRunState.Dropped);
        if (dropped > _dropped)
        {
            Write($"{Format.Plural(dropped - _dropped, "run")} not needed any more and dropped");
            _dropped = dropped;
        }
    }

    public void OnWaiting(StudyProgress progress) =>
        Write($"{Format.Plural(progress.Count(StudyRunState.Active), "run")} that other processes train are waited for");

    public void OnEnded(StudyProgress progress, bool isInterrupted)
    {
        int failed = progress.Count(StudyRunState.Failed);
        int dropped = progress.Count(StudyRunState.Dropped);
        Write($"{(isInterrupted ? "interrupted" : "done")}: {Format.Count(progress.Count(StudyRunState.Finished))} of {Format.Plural(progress.Runs.Count, "run")} finished{(failed > 0 ? $", {Format.Count(failed)} failed (--rerun-failed goes on with them)" : "")}{(dropped > 0 ? $", {Format.Count(dropped)} not needed" : "")}");
        Write($"{(isInterrupted ? "go on with" : "see")}: study {(isInterrupted ? "run" : "show")} {progress.Study.Id}");
    }

    private static string Number(StudyRun run, StudyProgress progress) =>
        $"[{Format.Count(progress.Runs.Index().First(other => other.Item.Plan.Key == run.Plan.Key).Index + 1)}/{Format.Count(progress.Runs.Count)}]";

    private void Write(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}

/// <summary>Writes the events of a study, without those of its runs, as one JSON line each.</summary>
internal sealed class StudyJsonLines(TextWriter output) : IStudyReport
{
    public void OnPlanned(StudyProgress progress, StudyEstimate estimate) =>
        Write(new { Event = "planned", progress.Study.Name, Cells = progress.Grid.Cells.Select(cell => cell.Title), estimate.Runs, estimate.Reused, estimate.Open, estimate.Seconds, estimate.Bytes, estimate.FreeBytes });

    public void OnRunBegun(StudyRun run, RunFolder folder, StudyProgress progress) =>
        Write(new { Event = "run_started", Run = folder.Id, Cell = run.Plan.Cell.Title, run.Plan.Seed, Step = run.Facts?.Step ?? 0, Finished = progress.Count(StudyRunState.Finished), Runs = progress.Runs.Count });

    public void OnEvent(RunEvent happened)
    {
        // a run's events are in its folder
    }

    public void OnRunEnded(StudyRun run, StudyProgress progress) =>
        Write(new { Event = "run_ended", Run = run.Facts?.Id, Cell = run.Plan.Cell.Title, run.Plan.Seed, run.State, run.Accuracy, run.Facts?.Failure, progress.Decisions, Finished = progress.Count(StudyRunState.Finished), Runs = progress.Runs.Count });

    public void OnWaiting(StudyProgress progress) => Write(new { Event = "waiting", Active = progress.Count(StudyRunState.Active) });

    public void OnEnded(StudyProgress progress, bool isInterrupted) =>
        Write(new { Event = isInterrupted ? "interrupted" : "ended", Study = progress.Study.Id, Runs = progress.Runs.Count, Finished = progress.Count(StudyRunState.Finished), Failed = progress.Count(StudyRunState.Failed), Dropped = progress.Count(StudyRunState.Dropped), progress.Decisions });

    private void Write(object line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, EngineJson.Events));
        output.Flush();
    }
}
