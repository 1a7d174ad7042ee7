using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>Where runs are trained: this process, or a cluster.</summary>
public interface IRunExecutor
{
    /// <summary>Names of the devices that can each take one run at a time, such as <c>cpu</c>, <c>cuda:0</c>. May load native libraries.</summary>
    IReadOnlyList<string> Devices();

    /// <summary>
    /// Trains, and returns once the run has finished, failed or was cancelled, which its last event says. Called on a thread of its own.
    /// What it throws becomes the run's failure.
    /// </summary>
    void Execute(RunJob job);
}

/// <summary>A run and all it needs.</summary>
/// <param name="Spec">With the device it was given.</param>
/// <param name="Recorder">Writes the run's event file.</param>
/// <param name="Control">What people ask of the run.</param>
/// <param name="IsTakenUp">The run was begun before: it goes on from its last checkpoint.</param>
public sealed record RunJob(RunFolder Folder, RunSpec Spec, RunRecorder Recorder, RunControl Control, bool IsTakenUp = false);
