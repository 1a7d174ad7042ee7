using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Jobs;

/// <summary>Executes runs, in this process or on a cluster.</summary>
public interface IRunExecutor
{
    /// <summary>
    /// Returns the names of the devices, such as <c>cpu</c> or <c>cuda:0</c>; each executes one run at a time. May load native libraries.
    /// </summary>
    IReadOnlyList<string> Devices();

    /// <summary>
    /// Trains the run and returns once it has finished, failed or been cancelled, as recorded by its last event. Called on a
    /// dedicated thread. An exception is recorded as the run's failure.
    /// </summary>
    void Execute(RunJob job);
}

/// <summary>A run to execute, with everything it requires.</summary>
/// <param name="Spec">Settings, with the assigned device.</param>
/// <param name="Recorder">Writes the run's event file.</param>
/// <param name="Control">Carries pause, resume, cancel and interrupt requests.</param>
/// <param name="IsTakenUp">True if the run was started before and resumes from its last checkpoint.</param>
public sealed record RunJob(RunFolder Folder, RunSpec Spec, RunRecorder Recorder, RunControl Control, bool IsTakenUp = false);
