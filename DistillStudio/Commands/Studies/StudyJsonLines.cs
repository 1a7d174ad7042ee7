using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Commands.Studies;

/// <summary>Writes the events of a study, without those of its runs, as one JSON line each.</summary>
internal sealed class StudyJsonLines(TextWriter output) : IStudyReport
{
    public void OnPlanned(StudyProgress progress, StudyEstimate estimate) => Write(new
    {
        Event = "planned",
        progress.Study.Name,
        Cells = progress.Grid.Cells.Select(cell => cell.Title),
        estimate.Runs,
        estimate.Reused,
        estimate.Open,
        estimate.Seconds,
        estimate.Bytes,
        estimate.FreeBytes,
    });

    public void OnRunBegun(StudyRun run, RunFolder folder, StudyProgress progress) => Write(new
    {
        Event = "run_started",
        Run = folder.Id,
        Cell = run.Plan.Cell.Title,
        run.Plan.Seed,
        Step = run.Facts?.Step ?? 0,
        Finished = progress.Count(StudyRunState.Finished),
        Runs = progress.Runs.Count,
    });

    public void OnEvent(RunEvent happened)
    {
        // a run's events are in its folder
    }

    public void OnRunEnded(StudyRun run, StudyProgress progress) => Write(new
    {
        Event = "run_ended",
        Run = run.Facts?.Id,
        Cell = run.Plan.Cell.Title,
        run.Plan.Seed,
        run.State,
        run.Accuracy,
        run.Facts?.Failure,
        progress.Decisions,
        Finished = progress.Count(StudyRunState.Finished),
        Runs = progress.Runs.Count,
    });

    public void OnWaiting(StudyProgress progress) => Write(new { Event = "waiting", Active = progress.Count(StudyRunState.Active) });

    public void OnEnded(StudyProgress progress, bool isInterrupted) => Write(new
    {
        Event = isInterrupted ? "interrupted" : "ended",
        Study = progress.Study.Id,
        Runs = progress.Runs.Count,
        Finished = progress.Count(StudyRunState.Finished),
        Failed = progress.Count(StudyRunState.Failed),
        Dropped = progress.Count(StudyRunState.Dropped),
        progress.Decisions,
    });

    private void Write(object line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, EngineJson.Events));
        output.Flush();
    }
}
