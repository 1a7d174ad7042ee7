using DistillStudio.Engine.Runtime;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Changes a run's user-supplied data and queue position, both in history and in the run's folder.</summary>
public sealed class RunEditor(RunHistory history)
{
    private readonly Lock _gate = new();

    /// <exception cref="InputException">There is no such run, or its folder cannot be written.</exception>
    public RunSummary Edit(string runId, Func<RunSummary, RunSummary> change)
    {
        lock (_gate)
        {
            _ = history.Edit(runId, change) ?? throw Unknown(runId);
            return Save(runId);
        }
    }

    /// <summary>Writes the run's sidecar file from its summary in history.</summary>
    /// <exception cref="InputException">There is no such run, or its folder cannot be written.</exception>
    public RunSummary Save(string runId)
    {
        lock (_gate)
        {
            RunSummary run = Get(runId);
            try
            {
                RunSidecar.Of(run).Write(run.Folder);
                return run;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{run.Folder} cannot be written: {e.Message.TrimEnd('.')}; free some space or make the folder "
                    + $"writable.", e);
            }
        }
    }

    /// <summary>Returns null if there is no such run.</summary>
    public RunSummary? Find(string runId) => history.Find(runId);

    /// <exception cref="InputException">There is no such run.</exception>
    public RunSummary Get(string runId) => history.Find(runId) ?? throw Unknown(runId);

    private static InputException Unknown(string runId) => new($"There is no run {runId}; it may have been deleted.");
}
