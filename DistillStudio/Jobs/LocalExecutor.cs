using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>Trains in this process.</summary>
/// <param name="home">Holds datasets and models.</param>
/// <param name="cache">Data loaded by earlier runs; null for its own cache.</param>
internal sealed class LocalExecutor(StudioHome home, TokenizedDataCache? cache = null) : IRunExecutor
{
    private readonly TokenizedDataCache _dataCache = cache ?? new();

    public IReadOnlyList<string> Devices() => Engine.Runtime.Hardware.Devices.All();

    public void Execute(RunJob job)
    {
        var checkpoints = new CheckpointStore(job.Folder);
        if (job.IsTakenUp)
        {
            checkpoints.RequireUnfinished();
        }

        using TrainingSession session = TrainingSession.Open(
            job.Spec, home, cache: _dataCache, begun: job.Recorder.Begin, resumed: job.IsTakenUp ? job.Folder : null);
        RestoredRun? restored = null;
        if (job.IsTakenUp)
        {
            job.Recorder.Begin(RunPhase.RestoringCheckpoint);
            restored = checkpoints.Restore(session);
        }

        _ = new Trainer(session, job.Folder, job.Recorder, job.Control, job.Folder.ModelPath, restored).Run();
    }
}
