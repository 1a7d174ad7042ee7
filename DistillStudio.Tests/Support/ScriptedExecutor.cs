using System.Collections.Concurrent;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Support;

/// <summary>Records a run's events without training: at once, or one step each time it is permitted.</summary>
internal sealed class ScriptedExecutor(params string[] devices) : IRunExecutor
{
    /// <summary>Ids of the runs in the order in which they began, with the device of each.</summary>
    public ConcurrentQueue<(string Id, string Device)> Begun { get; } = [];

    public ConcurrentDictionary<string, bool> Threads { get; } = [];

    /// <summary>How long a step takes.</summary>
    public TimeSpan StepTime { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>What a run does after its start instead of stepping.</summary>
    public Action<RunJob>? Instead { get; set; }

    /// <summary>Thrown when the devices are requested.</summary>
    public Exception? Refusal { get; init; }

    public IReadOnlyList<string> Devices() => Refusal is not null ? throw Refusal : devices.Length > 0 ? devices : ["cpu"];

    public void Execute(RunJob job)
    {
        Begun.Enqueue((job.Folder.Id, job.Spec.Device));
        Threads[job.Folder.Id] = Thread.CurrentThread.IsThreadPoolThread;
        if (Instead is { } act)
        {
            act(job);
            return;
        }

        int from = ScriptedLoop.GoBack(job);
        job.Recorder.Record(RunScript.Started(job.Spec));
        bool isWhole = ScriptedLoop.Run(job, from, step =>
        {
            job.Recorder.Record(RunScript.Step(step, job.Spec));
            if (step % job.Spec.EvalSteps == 0)
            {
                job.Recorder.Record(RunScript.Valid(step, 0.5));
            }

            if (StepTime > TimeSpan.Zero)
            {
                Thread.Sleep(StepTime);
            }
        });
        if (isWhole)
        {
            job.Recorder.Record(RunScript.Finished(job.Spec.MaxSteps));
        }
    }
}
