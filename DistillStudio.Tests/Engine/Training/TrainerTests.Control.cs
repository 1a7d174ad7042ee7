using DistillStudio.Engine.Runs;
using TorchSharp;

namespace DistillStudio.Tests.Engine.Training;

public sealed partial class TrainerTests
{
    [Fact]
    public void Run_CancelRequested_EndsAfterTheStep()
    {
        using var control = new RunControl();
        var events = new List<RunEvent>();
        Train(Short, events, control, e =>
        {
            if (e is StepCompleted { Step: 2 })
            {
                control.Cancel();
            }
        });

        Assert.Equal(2, Assert.IsType<Cancelled>(events[^1]).Step);
        Assert.Equal(2, events.OfType<StepCompleted>().Last().Step);
    }

    [Fact]
    public void Run_PauseRequested_WaitsUntilResumed()
    {
        using var control = new RunControl();
        var events = new List<RunEvent>();
        Train(Short with { MaxSteps = 3, EvalSteps = 3 }, events, control, e =>
        {
            switch (e)
            {
                case StepCompleted { Step: 1 }:
                    control.Pause();
                    break;
                case Paused:
                    control.Resume();
                    break;
            }
        });

        int paused = events.FindIndex(e => e is Paused { Step: 1 });
        Assert.IsType<Resumed>(events[paused + 1]);
        Assert.Equal(2, Assert.IsType<StepCompleted>(events[paused + 2]).Step);
        Assert.IsType<Finished>(events[^1]);
    }

    [Fact]
    public void Run_ManySteps_LeavesNoTensorBehind()
    {
        var counts = new List<long>();
        Train(Short with { MaxSteps = 12, EvalSteps = 12 }, [], null, e =>
        {
            if (e is StepCompleted)
            {
                counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }
        });

        Assert.Equal(counts[2], counts[^1]);
    }
}
