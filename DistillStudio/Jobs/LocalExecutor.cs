using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;
using TorchSharp;

namespace DistillStudio.Jobs;

/// <summary>Trains in this process.</summary>
internal sealed class LocalExecutor(StudioHome home) : IRunExecutor
{
    private const string Cpu = "cpu";

    private readonly DataShelf _shelf = new();

    public IReadOnlyList<string> Devices() =>
        LibTorch.Load() ? [Cpu, .. Enumerable.Range(0, torch.cuda.device_count()).Select(i => $"cuda:{i}")] : [Cpu];

    public void Execute(RunJob job)
    {
        using TrainingSession session = TrainingSession.Open(job.Spec, home, shelf: _shelf);
        RestoredRun? restored = job.IsTakenUp ? new CheckpointShelf(job.Folder).Restore(session) : null;
        _ = new Trainer(session, job.Folder, job.Recorder, job.Control, job.Folder.ModelPath, restored).Run();
    }
}
