using DistillStudio.Engine.Runs;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Support;

/// <summary>Trains nothing and records what a run would: at a given pace, obeying pause and cancel.</summary>
internal sealed class PacedExecutor(TimeSpan perStep, int devices = 1) : IRunExecutor
{
    public IReadOnlyList<string> Devices() => [.. Enumerable.Range(0, devices).Select(i => i == 0 ? "cpu" : $"cuda:{i - 1}")];

    public void Execute(RunJob job)
    {
        var physics = new RunPhysics(job.Spec);
        int from = ScriptedLoop.GoBack(job);
        job.Recorder.Log(LogSeverity.Information, "Read 1,000 training rows, 200 to validate, 500 to test.");
        job.Recorder.Record(physics.Started());
        bool isWhole = ScriptedLoop.Run(job, from, step =>
        {
            foreach (RunEvent happened in physics.Step(step))
            {
                job.Recorder.Record(happened);
            }

            if (step % job.Spec.EvalSteps == 0)
            {
                job.Recorder.Record(new Checkpointed(step, $"checkpoints/step-{step:D6}.safetensors", IsBest: false, 5_000_000));
            }

            job.Control.CancelToken.WaitHandle.WaitOne(perStep);
        });
        if (!isWhole)
        {
            return;
        }

        physics.WriteAnswers(job.Folder.Path);
        foreach (RunEvent happened in physics.End())
        {
            job.Recorder.Record(happened);
        }
    }
}
