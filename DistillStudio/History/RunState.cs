namespace DistillStudio.History;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Waits for a free device.</summary>
    Queued,

    /// <summary>Loads data and model, trains or evaluates, here or in another process.</summary>
    Running,

    /// <summary>Holds still between two steps.</summary>
    Paused,

    Finished,

    Failed,

    /// <summary>A person ended it.</summary>
    Cancelled,

    /// <summary>Its process is gone, and the run neither finished nor failed.</summary>
    Interrupted,
}

public static class RunStates
{
    /// <summary>A process holds the run.</summary>
    public static bool IsActive(this RunState state) => state is RunState.Running or RunState.Paused;

    /// <summary>Nothing more will happen unless a person asks for it.</summary>
    public static bool HasEnded(this RunState state) =>
        state is RunState.Finished or RunState.Failed or RunState.Cancelled or RunState.Interrupted;
}
