using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

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

/// <summary>Accuracy on validation after a step.</summary>
/// <param name="Accuracy">In [0, 1].</param>
public sealed record ValidPoint(int Step, double Accuracy);

/// <summary>A run as its folder describes it.</summary>
public sealed record RecordedRun
{
    /// <summary>Name of the folder.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Folder { get; init; }

    public required RunSpec Spec { get; init; }

    public RunStage Stage { get; init; }

    /// <summary>Steps completed.</summary>
    public int Step { get; init; }

    /// <summary>Examples trained on, counted once for each pass.</summary>
    public long Examples { get; init; }

    /// <summary>Unpadded input and target tokens trained on.</summary>
    public long Tokens { get; init; }

    /// <summary>Environment of the last start; null before it.</summary>
    public Started? Environment { get; init; }

    /// <summary>The result; null unless the run finished.</summary>
    public Finished? Result { get; init; }

    /// <summary>Validation, by step.</summary>
    public IReadOnlyList<ValidPoint> Valid { get; init; } = [];

    /// <summary>True if a finished run gives nearly all test rows the same answer.</summary>
    public bool IsCollapsed { get; init; }

    /// <summary>One sentence on why the run failed; null unless it did.</summary>
    public string? Failure { get; init; }

    /// <summary>Reads the run in a folder as if no process held it; an event file that cannot be read counts as a failure.</summary>
    public static RecordedRun Read(string folder, RunSpec spec)
    {
        var facts = new RecordedRun { Id = Path.GetFileName(folder), Folder = folder, Spec = spec };
        try
        {
            return ReadEvents(facts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return facts with { Stage = RunStage.Failed, Failure = $"{folder} cannot be read: {e.Message.TrimEnd('.')}." };
        }
    }

    private static RecordedRun ReadEvents(RecordedRun facts)
    {
        string path = Path.Combine(facts.Folder, RunFolder.EventsName);
        if (!Path.Exists(path))
        {
            return facts;
        }

        var valid = new SortedDictionary<int, double>();
        foreach (RunEvent happened in EventLine.ReadAll(path))
        {
            facts = facts.After(happened);
            if (happened is EvaluationCompleted { Split: Dataset.Valid } look)
            {
                valid[look.Step] = look.Accuracy;
            }
        }

        return facts with { Valid = [.. valid.Select(point => new ValidPoint(point.Key, point.Value))] };
    }

    private RecordedRun After(RunEvent happened) => happened switch
    {
        Started e => this with { Stage = RunStage.Interrupted, Environment = e, Result = null, Failure = null },
        Resumed => this with { Stage = RunStage.Interrupted, Result = null, Failure = null },
        StepCompleted e => this with { Step = e.Step, Examples = e.Examples, Tokens = Tokens + e.Tokens },
        Finished e => this with { Stage = RunStage.Finished, Step = e.Step, Result = e },
        Failed e => this with { Stage = RunStage.Failed, Failure = e.Message },
        Cancelled => this with { Stage = RunStage.Cancelled },
        _ => this,
    };
}
