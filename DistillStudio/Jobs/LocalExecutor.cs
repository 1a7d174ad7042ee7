using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>Trains in this process.</summary>
/// <param name="home">Holds datasets and models.</param>
/// <param name="cache">Data loaded by earlier runs; null for its own cache.</param>
/// <param name="tokens">Token ids shared with other processes; null to keep them in this one.</param>
internal sealed class LocalExecutor(StudioHome home, TokenizedDataCache? cache = null, TokenStore? tokens = null) : IRunExecutor
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
        if (tokens is not null)
        {
            Tokenize(session, tokens, job);
        }

        RestoredRun? restored = null;
        if (job.IsTakenUp)
        {
            job.Recorder.Begin(RunPhase.RestoringCheckpoint);
            restored = checkpoints.Restore(session);
        }

        _ = new Trainer(session, job.Folder, job.Recorder, job.Control, job.Folder.ModelPath, restored).Run();
    }

    private static void Tokenize(TrainingSession session, TokenStore tokens, RunJob job)
    {
        job.Recorder.Begin(RunPhase.Tokenizing);
        try
        {
            session.Tokenize(tokens, job.Control.CancelToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            job.Recorder.Record(new Logged(
                LogSeverity.Warning, $"Token ids are not shared with other jobs: {e.Message.TrimEnd('.')}."));
        }
        catch (OperationCanceledException)
        {
            // The trainer ends the run before its first step.
        }
    }
}
