using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Training;

public sealed class EarlyStopTests : IDisposable
{
    /// <summary>A learning rate so high that the student soon stops improving.</summary>
    private static readonly RunSpec Spec = DemoTraining.Short with
    {
        MaxSteps = 40,
        EvalSteps = 1,
        LearningRate = 1,
        LrSchedule = LrSchedule.Constant,
        Patience = 2,
        Threads = 1,
    };

    private readonly DemoTraining _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Run_NoBetterWeightsForItsPatience_StopsAndStatesWhy()
    {
        (List<RunEvent> trained, RunFolder folder) = _bench.Train(Spec);

        StoppedEarly stopped = Assert.Single(trained.OfType<StoppedEarly>());
        BestWeights best = BestOf(trained, stopped.Step);
        Assert.Equal((best.Step, best.Accuracy, 2), (stopped.BestStep, stopped.BestAccuracy, stopped.Patience));
        Assert.Equal(best.Step + 2, stopped.Step);
        Finished finished = Assert.IsType<Finished>(trained[^1]);
        Assert.Equal((stopped.Step, best.Step), (finished.Step, finished.BestValidStep));
        Assert.True(stopped.Step < Spec.MaxSteps);
        Assert.Equal(stopped.Step, trained.OfType<StepCompleted>().Last().Step);
        VerificationReport report = RunVerifier.Verify(
            folder, new VerificationOptions(Steps: [new StepRange(0, stopped.Step)]),
            new DistillStudio.Engine.Runtime.Files.StudioHome(_bench.Root), _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(VerificationOutcome.Reproduced, report.Outcome);
    }

    [Fact]
    public void Run_ResumedWithinItsPatience_ContinuesCountingAndStopsAtTheSameStep()
    {
        (List<RunEvent> whole, _) = _bench.Train(Spec);
        int end = whole.OfType<StoppedEarly>().Single().Step;

        (_, RunFolder folder) = _bench.Train(Spec, stopAfter: end - 1);
        List<RunEvent> resumed = _bench.Resume(folder);

        Assert.Equal(end, Assert.Single(resumed.OfType<StoppedEarly>()).Step);
        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(RunFiles.Events(folder.Path)));
        Assert.Single(RunFiles.Events(folder.Path).OfType<StoppedEarly>());
    }

    [Fact]
    public void Run_KilledInItsFinalTest_TrainsNoFurtherStepWhenResumed()
    {
        (List<RunEvent> whole, RunFolder folder) = _bench.Train(Spec);
        RunEvent[] recorded = RunFiles.Events(folder.Path);
        File.WriteAllLines(
            folder.EventsPath, File.ReadLines(folder.EventsPath).Take(Array.FindIndex(recorded, e => e is StoppedEarly) + 1));

        List<RunEvent> resumed = _bench.Resume(folder);

        Assert.Empty(resumed.OfType<StepCompleted>());
        Assert.Equal(((Finished)whole[^1]).Test, Assert.IsType<Finished>(resumed[^1]).Test);
        Assert.Single(RunFiles.Events(folder.Path).OfType<StoppedEarly>());
    }

    [Fact]
    public void Run_PatienceExhaustedAtTheLastStep_IsNotEarly()
    {
        (List<RunEvent> whole, _) = _bench.Train(Spec);
        int end = whole.OfType<StoppedEarly>().Single().Step;

        (List<RunEvent> trained, _) = _bench.Train(Spec with { MaxSteps = end });

        Assert.Empty(trained.OfType<StoppedEarly>());
        Assert.Equal(end, Assert.IsType<Finished>(trained[^1]).Step);
    }

    [Fact]
    public void Branch_OfAStoppedRun_CountsFromItsOwnStepsOn()
    {
        (List<RunEvent> whole, RunFolder parent) = _bench.Train(Spec);
        int end = whole.OfType<StoppedEarly>().Single().Step;

        RunFolder branch = _bench.Branch(parent, end);
        List<RunEvent> trained = _bench.Resume(branch);

        StoppedEarly stopped = Assert.Single(trained.OfType<StoppedEarly>());
        Assert.True(stopped.BestStep > end && stopped.Step >= end + 3);
    }

    private static BestWeights BestOf(IEnumerable<RunEvent> trained, int last) => trained.OfType<EvaluationCompleted>()
        .Where(evaluation => evaluation.Split == Dataset.Valid && evaluation.Step <= last)
        .Aggregate((BestWeights?)null, BestWeights.Of)!;
}
