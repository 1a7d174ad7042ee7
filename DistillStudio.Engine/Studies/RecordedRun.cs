using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>What a run's folder says about it.</summary>
public enum RunStage
{
    /// <summary>Created, and not started yet.</summary>
    Waiting,

    /// <summary>A process holds the run.</summary>
    Active,

    /// <summary>Started, and neither ended nor held by a process.</summary>
    Interrupted,

    Finished,

    Failed,

    /// <summary>Ended by a user.</summary>
    Cancelled,
}

/// <summary>A run as its folder describes it.</summary>
/// <param name="Run">The run as comparisons see it.</param>
/// <param name="Collapse">Why the run counts as collapsed; null if it does not, or has no test.</param>
/// <param name="Failure">One sentence on why the run failed; null unless it did.</param>
public sealed record RecordedRun(ComparedRun Run, RunStage Stage, string? Collapse = null, string? Failure = null)
{
    /// <summary>Name of the folder.</summary>
    public string Id => Run.Id;

    /// <summary>Absolute path.</summary>
    public string Folder => Run.Folder;

    public RunSpec Spec => Run.Spec;

    /// <summary>Steps completed.</summary>
    public int Step => Run.Cost.Step;

    /// <summary>The result; null unless the run finished.</summary>
    public Finished? Result => Run.Result;

    /// <summary>Which test rows the exported weights answer correctly, read when first asked for; null before the run's end.</summary>
    internal Lazy<AnswerSheet?>? Answers { get; init; }

    /// <summary>Returns a run whose events are not read.</summary>
    public static RecordedRun Blank(string folder, RunSpec spec) =>
        new(
            new ComparedRun { Id = Path.GetFileName(folder), Name = spec.Name ?? Path.GetFileName(folder), Folder = folder, Spec = spec },
            RunStage.Waiting);

    /// <summary>Reads the run in a folder as if no process held it; an event file that cannot be read counts as a failure.</summary>
    public static RecordedRun Read(string folder, RunSpec spec)
    {
        RecordedRun blank = Blank(folder, spec);
        string path = Path.Combine(folder, RunFolder.EventsName);
        try
        {
            return Path.Exists(path) ? ReadEvents(blank, path) : blank;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return blank with { Stage = RunStage.Failed, Failure = $"{path} cannot be read: {e.Message.TrimEnd('.')}." };
        }
    }

    private static RecordedRun ReadEvents(RecordedRun blank, string path)
    {
        RunStage stage = RunStage.Waiting;
        int unreadable = 0;
        ComparedRun run = ComparedRun.Of(blank.Run, Watched()) with { UnreadableLines = unreadable };
        return new RecordedRun(
            run with { HasEnded = stage is RunStage.Finished or RunStage.Failed or RunStage.Cancelled },
            stage,
            Verdicts.Collapse.Of(run),
            stage == RunStage.Failed ? run.Failure?.Message : null)
        {
            Answers = stage == RunStage.Finished ? new(() => AnswerSheet.Read(run)?.WithoutTexts()) : null,
        };

        IEnumerable<RunEvent> Watched()
        {
            foreach (RunEvent happened in EventLine.ReadAll(path, line => unreadable += line.IsUnfinished ? 0 : 1))
            {
                stage = After(stage, happened);
                yield return happened;
            }
        }
    }

    private static RunStage After(RunStage stage, RunEvent happened) => happened switch
    {
        Started or Resumed => RunStage.Interrupted,
        Finished => RunStage.Finished,
        Failed => RunStage.Failed,
        Cancelled => RunStage.Cancelled,
        _ => stage,
    };
}
