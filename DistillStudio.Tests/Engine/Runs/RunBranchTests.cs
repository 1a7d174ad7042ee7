using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Runs;

public sealed class RunBranchTests : IDisposable
{
    /// <summary>Keeps the checkpoints of steps 3, 6, 9 and 12.</summary>
    private static readonly RunSpec Spec = DemoTraining.Short with { MaxSteps = 12, KeepCheckpoints = 3, Threads = 1 };

    private readonly DemoTraining _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(OptimizerName.AdamW)]
    [InlineData(OptimizerName.Adafactor)]
    public void Branch_NothingChanged_GivesTheParentsFiguresToTheLastBit(OptimizerName optimizer)
    {
        (List<RunEvent> whole, RunFolder parent) = _bench.Train(Spec with { OptimizerName = optimizer });
        Directory.Delete(parent.ModelPath, recursive: true);

        RunFolder branch = _bench.Branch(parent, 6);
        Directory.Delete(parent.Path, recursive: true); // a branch no longer needs its parent
        List<RunEvent> resumed = _bench.Resume(branch);

        RunEvent[] recorded = RunFiles.Events(branch.Path);
        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(recorded));
        Assert.Equal(
            DemoTraining.Evaluations(whole).Where(evaluation => evaluation.ToString()!.Contains("current", StringComparison.Ordinal)),
            DemoTraining.Evaluations(recorded).Where(evaluation => evaluation.ToString()!.Contains("current", StringComparison.Ordinal)));
        Assert.Equal(whole.OfType<StepCompleted>().Select(step => step.Epoch), recorded.OfType<StepCompleted>().Select(step => step.Epoch));
        Assert.Equal(
            whole.OfType<Checkpointed>().Last(saved => !saved.IsBest).StateSha256,
            resumed.OfType<Checkpointed>().Last(saved => !saved.IsBest).StateSha256);
        Assert.Equal(recorded.Select(e => e.Number).Order().Distinct(), recorded.Select(e => e.Number));
        Assert.All(whole.OfType<EvaluationCompleted>().Where(e => e.Step == 6), e => Assert.NotEqual(e.Step, BestOf(resumed)));
        Assert.Empty(recorded.OfType<Branched>().Single().Changes);
    }

    [Fact]
    public void Branch_AnotherAlpha_ChangesOnlyTheWeightsOfTheLosses()
    {
        (List<RunEvent> whole, RunFolder parent) = _bench.Train(Spec);

        RunFolder branch = _bench.Branch(parent, 6, spec => spec with { Alpha = 0.9 });
        _bench.Resume(branch);

        RunEvent[] recorded = RunFiles.Events(branch.Path);
        StepCompleted[] steps = [.. recorded.OfType<StepCompleted>()], before = [.. whole.OfType<StepCompleted>()];
        Assert.Equal(DemoTraining.Steps(before[..6]), DemoTraining.Steps(steps[..6]));
        // the first step after the branch still starts from the same weights: its losses are equal, their sum is not
        Assert.Equal(
            (before[6].LabelLoss, before[6].RationaleLoss, before[6].Tokens),
            (steps[6].LabelLoss, steps[6].RationaleLoss, steps[6].Tokens));
        Assert.Equal((0.9 * steps[6].LabelLoss) + (0.1 * steps[6].RationaleLoss!.Value), steps[6].Loss, 1e-6);
        Assert.Equal(before.Select(step => step.LearningRate), steps.Select(step => step.LearningRate));
        Assert.NotEqual(before[^1].LabelLoss, steps[^1].LabelLoss);
        Branched branched = recorded.OfType<Branched>().Single();
        Assert.Equal((parent.Id, 6), (branched.Run, branched.Step));
        Assert.Equal([new SettingChange("alpha", "0.5", "0.9")], branched.Changes);
    }

    [Fact]
    public void Branch_OtherRowsAndSeed_ContinuesTheCountsOfExamplesAndEpochs()
    {
        (_, RunFolder parent) = _bench.Train(Spec);

        RunFolder branch = _bench.Branch(parent, 9, spec => spec with { Subsample = 0.02, Seed = 4, MaxSteps = 15 });
        _bench.Resume(branch);
        RunFolder next = _bench.Branch(branch, 12, spec => spec with { Subsample = 1 });
        _bench.Resume(next);

        StepCompleted[] steps = [.. RunFiles.Events(next.Path).OfType<StepCompleted>()];
        Assert.Equal(Enumerable.Range(1, 15), steps.Select(step => step.Step));
        Assert.All(steps.Zip(steps.Skip(1)), pair =>
        {
            Assert.InRange(pair.Second.Examples - pair.First.Examples, 1, Spec.BatchSize);
            Assert.True(pair.Second.Epoch > pair.First.Epoch);
        });
        Assert.Equal(VerificationOutcome.Reproduced, Verify(branch).Outcome);
        Assert.Equal(VerificationOutcome.Reproduced, Verify(next).Outcome);
    }

    [Fact]
    public void Branch_StoppedAndResumed_EqualsAnUninterruptedOne()
    {
        (_, RunFolder parent) = _bench.Train(Spec);
        Func<RunSpec, RunSpec> change = spec => spec with { Method = MethodNames.Standard, LearningRate = 1e-3, MaxSteps = 14 };
        RunFolder whole = _bench.Branch(parent, 6, change), stopped = _bench.Branch(parent, 6, change);
        _bench.Resume(whole);

        _bench.Resume(stopped, stopAfter: 7);
        _bench.Resume(stopped, stopAfter: 11);
        _bench.Resume(stopped);

        Assert.Equal(DemoTraining.Steps(RunFiles.Events(whole.Path)), DemoTraining.Steps(RunFiles.Events(stopped.Path)));
        Assert.Equal(DemoTraining.Evaluations(RunFiles.Events(whole.Path)), DemoTraining.Evaluations(RunFiles.Events(stopped.Path)));
        Assert.Equal(RunFiles.Weights(whole.ModelPath), RunFiles.Weights(stopped.ModelPath));
        Assert.Contains(6, RunBranch.StepsOf(stopped)); // the branch point is kept, as the start of its own steps
    }

    [Fact]
    public void Verify_Branch_ChecksItsOwnStepsAgainstItsOwnSettings()
    {
        (_, RunFolder parent) = _bench.Train(Spec);
        RunFolder branch = _bench.Branch(parent, 6, spec => spec with { Alpha = 0.9, LearningRate = 1e-3, Name = "x" });
        _bench.Resume(branch);

        VerificationReport report = Verify(branch, new StepRange(6, 12));

        Assert.Empty(report.Findings);
        Assert.Equal((VerificationOutcome.Reproduced, 6), (report.Outcome, report.ReplayedSteps));
        Assert.Contains(report.Notes, note => note.Contains(parent.Id, StringComparison.Ordinal));
        Assert.Equal(VerificationOutcome.Reproduced, Verify(branch).Outcome);
        Assert.Contains(
            $"belong to {parent.Id}",
            Assert.Throws<InputException>(() => Verify(branch, new StepRange(0, 8))).Message, StringComparison.Ordinal);

        FinishedDemoRun.ChangeLines(branch.EventsPath, line => FinishedDemoRun.Is(line, "progressed", 8), line => line["labelLoss"] = 0.5);
        FinishedDemoRun.ChangeLines(branch.EventsPath, line => FinishedDemoRun.Is(line, "branched", 6), line => line["run"] = "another");
        Assert.Equal(
            ["branch", "labelLoss"],
            Verify(branch, new StepRange(6, 12)).Findings.Select(finding => finding.Field).Where(field => field != "loss").Distinct());
    }

    [Fact]
    public void Find_NoSuchStepDamagedOrUnreadable_ListsTheExistingOnes()
    {
        (_, RunFolder parent) = _bench.Train(Spec);
        Assert.Contains("step 3, 6, 9 or 12", WhyNot(parent, 5), StringComparison.Ordinal);
        Assert.Contains("step 3, 6, 9 or 12", WhyNot(parent, null), StringComparison.Ordinal);

        string path = new CheckpointStore(parent).List().First(stored => stored.Step == 6 && !stored.IsBest).Path;
        FinishedDemoRun.FlipByte(path, 0.6);
        Assert.Contains("is damaged", WhyNot(parent, 6), StringComparison.Ordinal);
        Assert.Contains("step 3, 9 or 12", WhyNot(parent, 6), StringComparison.Ordinal);

        (_, RunFolder brief) = _bench.Train(Spec, failAfter: 2);
        Assert.Contains("no checkpoint to branch from", WhyNot(brief, 2), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_FixedSettingOrNothingLeft_IsRefusedAndLeavesNothing()
    {
        (_, RunFolder parent) = _bench.Train(Spec);
        string[] before = Directory.GetFileSystemEntries(Path.GetDirectoryName(parent.Path)!);

        InputException refused = Assert.Throws<InputException>(() =>
            _bench.Branch(parent, 6, spec => spec with { BatchSize = 4, OptimizerName = OptimizerName.Adafactor, MaxSteps = 6 }));

        Assert.Equal(
            ["--at", "--batch_size", "--optimizer_name"], refused.Problems.Select(problem => problem.Split(' ')[0]).Order());
        Assert.Equal(before, Directory.GetFileSystemEntries(Path.GetDirectoryName(parent.Path)!));
    }

    [Fact]
    public void Create_EventsCutShort_IsRefused()
    {
        (_, RunFolder parent) = _bench.Train(Spec);
        File.WriteAllLines(parent.EventsPath, [.. File.ReadLines(parent.EventsPath).Take(4)]);

        Assert.Contains(
            "does not reach", Assert.Throws<InputException>(() => _bench.Branch(parent, 6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_BranchWithoutAReadableCheckpoint_IsRefusedRatherThanStartedOver()
    {
        (_, RunFolder parent) = _bench.Train(Spec);
        RunFolder branch = _bench.Branch(parent, 6);
        FinishedDemoRun.FlipByte(new CheckpointStore(branch).List().Single().Path, 0.6);

        Assert.Contains("branch from", Assert.Throws<InputException>(() => _bench.Resume(branch)).Message, StringComparison.Ordinal);
    }

    private static int? BestOf(IEnumerable<RunEvent> resumed) => resumed.OfType<Finished>().Single().BestValidStep;

    private static string WhyNot(RunFolder parent, int? step) => Assert.Throws<InputException>(() => RunBranch.Find(parent, step)).Message;

    private VerificationReport Verify(RunFolder folder, params StepRange[] steps) => RunVerifier.Verify(
        folder, steps.Length > 0 ? new VerificationOptions(Steps: steps) : new VerificationOptions(Stretches: 9),
        new DistillStudio.Engine.Runtime.Files.StudioHome(_bench.Root), _ => { }, TestContext.Current.CancellationToken);
}
