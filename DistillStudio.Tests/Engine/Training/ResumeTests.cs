using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Training;

public sealed class ResumeTests : IDisposable
{
    private readonly DemoTraining _bench = new();

    private static RunSpec Short => DemoTraining.Short;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(OptimizerName.AdamW, 5)]
    [InlineData(OptimizerName.AdamW, 1)]
    [InlineData(OptimizerName.Adafactor, 6)]
    public void Run_StoppedAndResumed_EqualsAnUninterruptedOneToTheLastBit(OptimizerName optimizer, int stopAfter)
    {
        RunSpec spec = Short with { OptimizerName = optimizer };
        (List<RunEvent> whole, RunFolder wholeFolder) = _bench.Train(spec);

        (List<RunEvent> first, RunFolder folder) = _bench.Train(spec, stopAfter: stopAfter);
        Assert.Equal(stopAfter, Assert.IsType<Cancelled>(first[^1]).Step);
        List<RunEvent> second = _bench.Resume(folder);

        Assert.Equal(stopAfter, Assert.IsType<Resumed>(second[0]).Step);
        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(RunFiles.Events(folder.Path)));
        Assert.Equal(DemoTraining.Evaluations(whole), DemoTraining.Evaluations(RunFiles.Events(folder.Path)));
        Assert.Equal(RunFiles.Weights(wholeFolder.ModelPath), RunFiles.Weights(folder.ModelPath));
        Assert.Equal(((Finished)whole[^1]).Test, ((Finished)second[^1]).Test);
        Assert.Equal(File.ReadAllText(ValidAnswersOf(wholeFolder)), File.ReadAllText(ValidAnswersOf(folder)));
        Assert.Equal(File.ReadAllText(wholeFolder.TestAnswersPath), File.ReadAllText(folder.TestAnswersPath));
    }

    [Fact]
    public void Run_StoppedDuringAnEvaluation_EvaluatesFirstWhenResumed()
    {
        (List<RunEvent> whole, _) = _bench.Train(Short);
        (_, RunFolder folder) = _bench.Train(Short, stopAfter: 6);
        Assert.DoesNotContain(RunFiles.Events(folder.Path), e => e is EvaluationCompleted { Step: 6 });

        _bench.Resume(folder);

        Assert.Equal(DemoTraining.Evaluations(whole), DemoTraining.Evaluations(RunFiles.Events(folder.Path)));
    }

    [Fact]
    public void Run_ProcessGoneAfterACheckpoint_RemovesLaterStepsAndNeverReusesNumbers()
    {
        RunSpec spec = Short;
        (List<RunEvent> whole, RunFolder wholeFolder) = _bench.Train(spec);
        (List<RunEvent> first, RunFolder folder) = _bench.Train(spec, failAfter: 8);
        Assert.Equal(8, Assert.IsType<Failed>(first[^1]).Step);
        File.AppendAllText(folder.EventsPath, "{\"event\":\"progr"); // truncated by the end of the process
        string looksOf8 = File.ReadAllText(ValidAnswersOf(folder));
        File.AppendAllText(
            ValidAnswersOf(folder),
            looksOf8.Split('\n')[^2].Replace("\"step\":6", "\"step\":7", StringComparison.Ordinal) + "\n{\"step\":8,");

        List<RunEvent> second = _bench.Resume(folder);

        Assert.Equal(first[^1].Number + 1, second[0].Number);
        EvaluationCompleted evaluation = whole.OfType<EvaluationCompleted>().Where(e => e.Split == Dataset.Valid && e.Step <= 6).Aggregate(
            (a, b) => BestWeights.Of(BestWeights.Of(null, a), b).Step == a.Step ? a : b);
        Assert.Equal(
            new Resumed(6, IsRestored: true, evaluation.Accuracy, evaluation.Step, evaluation.LabelLoss),
            ((Resumed)second[0]) with { Number = 0, Time = default });
        RunEvent[] recorded = RunFiles.Events(folder.Path);
        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(recorded));
        Assert.Equal(recorded.Select(e => e.Number).Order().Distinct(), recorded.Select(e => e.Number));
        // the reason of its end is kept
        Assert.Contains(recorded, e => e is Logged line && line.Message.StartsWith("Failed after step 8", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllText(ValidAnswersOf(wholeFolder)), File.ReadAllText(ValidAnswersOf(folder)));
        Started[] starts = [.. recorded.OfType<Started>()];
        // its first weights, not those of the checkpoint
        Assert.Equal([starts[0].Fingerprints, starts[0].Fingerprints], starts.Select(start => start.Fingerprints));
    }

    [Fact]
    public void Restore_NewestCheckpointHasAFlippedBit_ContinuesFromThePreviousOneWithARemark()
    {
        RunSpec spec = Short;
        (List<RunEvent> whole, RunFolder wholeFolder) = _bench.Train(spec);
        (_, RunFolder folder) = _bench.Train(spec, stopAfter: 8);
        StoredCheckpoint newest = new CheckpointStore(folder).List().First(c => !c.IsBest);
        Assert.Equal(8, newest.Step);
        using (FileStream file = File.Open(newest.Path, FileMode.Open))
        {
            file.Position = file.Length / 2;
            int value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 0x10));
        }

        List<RunEvent> second = _bench.Resume(folder);

        Assert.Equal(6, Assert.IsType<Resumed>(second[0]).Step);
        Assert.Contains(second.OfType<Logged>(), line =>
            line.Severity == LogSeverity.Warning && line.Message.Contains("step 8 is damaged", StringComparison.Ordinal));
        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(RunFiles.Events(folder.Path)));
        Assert.Equal(RunFiles.Weights(wholeFolder.ModelPath), RunFiles.Weights(folder.ModelPath));
    }

    [Fact]
    public void CheckpointStore_AfterManyEvaluations_KeepsTheLastTwoAndTheBest()
    {
        (List<RunEvent> trained, RunFolder folder) = _bench.Train(Short with { MaxSteps = 12, EvalSteps = 2 });

        IReadOnlyList<StoredCheckpoint> kept = new CheckpointStore(folder).List();
        Assert.Equal([12, 10], kept.Where(c => !c.IsBest).Select(c => c.Step));
        Assert.Contains(trained.OfType<Checkpointed>().Last(c => c.IsBest).Step, kept.Where(c => c.IsBest).Select(c => c.Step));
        Assert.All(kept, c => Assert.True(c.Bytes > 1000));
        Assert.All(kept.Where(c => !c.IsBest), c => Assert.True(SafetensorsWriter.IsIntact(c.Path)));
    }

    [Fact]
    public void CheckpointStore_CheckpointsToKeep_AreSpreadOverTheRunAndSurviveAResume()
    {
        RunSpec spec = Short with { MaxSteps = 12, EvalSteps = 1, KeepCheckpoints = 3 };
        (_, RunFolder whole) = _bench.Train(spec);
        (_, RunFolder folder) = _bench.Train(spec, stopAfter: 7);
        _bench.Resume(folder);

        Assert.Equal([12, 11, 9, 6, 3], new CheckpointStore(whole).List().Where(c => !c.IsBest).Select(c => c.Step));
        Assert.Equal([12, 11, 9, 6, 3], new CheckpointStore(folder).List().Where(c => !c.IsBest).Select(c => c.Step));
    }

    [Fact]
    public void Resume_FolderCopiedElsewhere_Continues()
    {
        RunSpec spec = Short;
        (List<RunEvent> whole, _) = _bench.Train(spec);
        (_, RunFolder folder) = _bench.Train(spec, stopAfter: 4);
        string copy = Path.Combine(_bench.Root, "elsewhere", "copy");
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        Directory.Move(folder.Path, copy);

        RunFolder moved = RunFolder.Open(copy);
        _bench.Resume(moved);

        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(RunFiles.Events(moved.Path)));
        Assert.True(Directory.Exists(moved.ModelPath));
    }

    [Fact]
    public void Resume_FinishedOrOtherSettings_IsRefusedInASentence()
    {
        (_, RunFolder finished) = _bench.Train(Short);
        Assert.Contains(
            "nothing to resume", Assert.Throws<InputException>(() => _bench.Resume(finished)).Message, StringComparison.Ordinal);

        (_, RunFolder stopped) = _bench.Train(Short, stopAfter: 4);
        Assert.Contains(
            "settings other", Assert.Throws<InputException>(() => _bench.Resume(stopped, spec => spec with { LearningRate = 1 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "training rows", Assert.Throws<InputException>(() => _bench.Resume(stopped, spec => spec with { Subsample = 0.5 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_WithoutACheckpoint_StartsOverWithARemark()
    {
        RunSpec spec = Short;
        (List<RunEvent> whole, _) = _bench.Train(spec);
        (_, RunFolder folder) = _bench.Train(spec, failAfter: 2);

        List<RunEvent> second = _bench.Resume(folder);

        Assert.Equal(0, Assert.IsType<Resumed>(second[0]).Step);
        Assert.Contains(second.OfType<Logged>(), line => line.Message.Contains("starts over", StringComparison.Ordinal));
        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(RunFiles.Events(folder.Path)));
    }

    private static string ValidAnswersOf(RunFolder folder) => Path.Combine(folder.Path, "valid-answers.jsonl");
}
