using DistillStudio.Engine.Runs;
using TorchSharp;

namespace DistillStudio.Tests.Engine.Training;

public sealed partial class TrainerTests
{
    [Fact]
    public void Run_CancelAsked_EndsAfterTheStep()
    {
        using var control = new RunControl();
        var told = new List<RunEvent>();
        Train(Short, told, control, e =>
        {
            if (e is StepCompleted { Step: 2 })
            {
                control.Cancel();
            }
        });

        Assert.Equal(2, Assert.IsType<Cancelled>(told[^1]).Step);
        Assert.Equal(2, told.OfType<StepCompleted>().Last().Step);
    }

    [Fact]
    public void Run_PauseAsked_HoldsStillUntilResumed()
    {
        using var control = new RunControl();
        var told = new List<RunEvent>();
        Train(Short with { MaxSteps = 3, EvalSteps = 3 }, told, control, e =>
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

        int paused = told.FindIndex(e => e is Paused { Step: 1 });
        Assert.IsType<Resumed>(told[paused + 1]);
        Assert.Equal(2, Assert.IsType<StepCompleted>(told[paused + 2]).Step);
        Assert.IsType<Finished>(told[^1]);
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
