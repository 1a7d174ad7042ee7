namespace DistillStudio.History;

/// <summary>State of a run.</summary>
public enum RunState
{
    /// <summary>Waiting for a free device.</summary>
    Queued,

    /// <summary>Loading data and model, training or evaluating, in this process or another.</summary>
    Running,

    /// <summary>Paused between two steps.</summary>
    Paused,

    Finished,

    Failed,

    /// <summary>Ended by the user.</summary>
    Cancelled,

    /// <summary>The process has ended, and the run neither finished nor failed.</summary>
    Interrupted,
}

public static class RunStates
{
    /// <summary>Returns true if a process holds the run.</summary>
    public static bool IsActive(this RunState state) => state is RunState.Running or RunState.Paused;

    /// <summary>Returns true if the run has ended; it can only continue by being resumed.</summary>
    public static bool HasEnded(this RunState state) =>
        state is RunState.Finished or RunState.Failed or RunState.Cancelled or RunState.Interrupted;
}
