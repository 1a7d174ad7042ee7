using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.Tests.Engine.Data.Demo;

namespace DistillStudio.Tests.Engine.Training;

public sealed partial class TrainerTests : IDisposable
{
    private static readonly RunSpec Short =
        RunDefaults.Demo with { MaxSteps = 6, EvalSteps = 3, BatchSize = 8, EvalLimit = 20, GenMaxLen = 12, Device = "cpu" };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MethodNames.Standard, LabelSource.Gt)]
    [InlineData(MethodNames.TaskPrefix, LabelSource.Gt)]
    [InlineData(MethodNames.Standard, LabelSource.Llm)]
    [InlineData(MethodNames.TaskPrefix, LabelSource.Llm)]
    [InlineData(MethodNames.SingleTask, LabelSource.Gt)]
    public void Run_EachMethod_RecordsItsEventsAndItsLossFalls(string method, LabelSource labels)
    {
        (IReadOnlyList<RunEvent> events, RunFolder folder) = Train(
            Short with { Method = method, LabelSource = labels, MaxSteps = 20, EvalSteps = 10 });

        StepCompleted[] steps = [.. events.OfType<StepCompleted>()];
        Assert.Equal(Enumerable.Range(1, 20), steps.Select(s => s.Step));
        Assert.True(steps[^4..].Average(s => s.Loss) < steps[..4].Average(s => s.Loss));
        Assert.All(steps, s => Assert.Equal(method != MethodNames.Standard, s.RationaleLoss is not null));
        Assert.All(steps, s => Assert.NotEqual(s.LabelLoss, s.RationaleLoss));
        var started = (Started)events[0];
        Assert.Equal(labels, started.Spec.LabelSource);
        Assert.Equal(
            started.BlankRowsLeftOut > 0, events.OfType<Logged>().Any(l => l.Message.Contains("left out", StringComparison.Ordinal)));

        EvaluationCompleted[] valid = [.. events.OfType<EvaluationCompleted>().Where(e => e.Split == "valid")];
        Assert.Equal([10, 20], valid.Select(e => e.Step));
        Assert.All(valid, e => Assert.Equal(method != MethodNames.Standard, e.RationaleLoss is not null));
        Assert.Equal(2, events.OfType<Sampled>().Count());
        Assert.All(events.OfType<Sampled>().Last().Samples, s => Assert.Equal(method == MethodNames.Standard, s.Rationale is null));
        Assert.IsType<Finished>(events[^1]);
        Assert.Equal(20, File.ReadLines(folder.TestAnswersPath).Count());
    }

    [Theory]
    [InlineData(MethodNames.LabelThenRationale, "demo")]
    [InlineData(MethodNames.ManyRationales, "demo")]
    [InlineData(MethodNames.SeveralTeachers, "demo,other")]
    [InlineData(MethodNames.MutualInformation, "demo")]
    [InlineData(MethodNames.ShuffledRationales, "demo")]
    [InlineData(MethodNames.KeyTokens, "demo")]
    public void Run_EachMethodOfLaterPapers_Trains(string method, string teachers)
    {
        DemoTeachers.Add(_folder.Path, "demo.2", "demo.3", "other");
        (IReadOnlyList<RunEvent> events, _) = Train(
            Short with
            {
                Method = method,
                Teacher = teachers,
                DataDir = _folder.Path,
                MaxSteps = 12,
                EvalSteps = 6,
                OutputRationale = true,
            });

        StepCompleted[] steps = [.. events.OfType<StepCompleted>()];
        Assert.True(steps[^3..].Average(s => s.Loss) < steps[..3].Average(s => s.Loss));
        Assert.All(steps, s => Assert.NotNull(s.RationaleLoss));
        Assert.All(events.OfType<EvaluationCompleted>(), e => Assert.NotNull(e.RationaleLoss));
        Assert.All(
            events.OfType<Sampled>().Last().Samples, s => Assert.Equal(method == MethodNames.LabelThenRationale, s.Rationale is null));
        Assert.Equal(
            method == MethodNames.ManyRationales,
            events.OfType<Logged>().Any(
                l => l.Message.Contains("up to 3 rationales: those of demo, demo.2, demo.3", StringComparison.Ordinal)));
        Assert.Equal(
            method == MethodNames.MutualInformation,
            events.OfType<Logged>().Any(l => l.Message.Contains("libtorch's autograd", StringComparison.Ordinal)));
        Assert.IsType<Finished>(events[^1]);
    }

    [Fact]
    public void Run_FewerRowsEvaluated_PairsWithTheWholeByContentAndStatesTheDifference()
    {
        (IReadOnlyList<RunEvent> events, RunFolder whole) = Train(Short with { Threads = 2 });
        (IReadOnlyList<RunEvent> fewer, RunFolder part) = Train(Short with { Threads = 1, EvalLimit = 7, Keep = KeepModel.Last });
        (RunFingerprints one, RunFingerprints other) = (
            events.OfType<Started>().Single().Fingerprints!, fewer.OfType<Started>().Single().Fingerprints!);

        Assert.Equal(one with { Valid = null, Test = null }, other with { Valid = null, Test = null });
        Assert.Equal((20, 7), (one.Test!.Rows, other.Test!.Rows));
        Assert.NotEqual(one.Valid, other.Valid);
        Assert.All((string?[])[one.Dataset, one.Teacher, one.Train!.Content, one.Config, one.Weights, one.Tokenizer], digest =>
            Assert.Matches("^[0-9a-f]{64}$", digest!));
        TestPairing pairing = TestAnswers.Pair(whole.Path, part.Path, KeepModel.Last);
        Assert.Equal((20, 7, 7), (pairing.FirstRows, pairing.SecondRows, pairing.Shared.Count));
        Assert.All(pairing.Shared, pair => Assert.Equal(pair.First.Row, pair.Second.Row));
        Assert.All(TestAnswers.Read(whole.Path), answer => Assert.InRange(answer.LabelLogProbability!.Value, -100, 0));
        Assert.Equal([3, 6], ValidAnswers.Read(whole.Path)!.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal(
            events.OfType<EvaluationCompleted>().Where(e => e.Split == "valid").Select(e => e.Correct),
            ValidAnswers.Read(whole.Path)!.Evaluations.Select(evaluation => evaluation.Correct.Cast<bool>().Count(isRight => isRight)));
    }

    [Fact]
    public void Open_OtherModelOrSeed_HasOtherFingerprints()
    {
        RunFingerprints Of(RunSpec spec)
        {
            using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
            return session.Fingerprints;
        }

        RunSpec pretrained = Short with { FromPretrained = Model(0), Init = ModelInit.Pretrained };
        RunFingerprints first = Of(pretrained);
        RunFingerprints again = Of(pretrained with { Seed = 1 });
        RunFingerprints withDropout = Of(pretrained with { FromPretrained = Model(0.1) });
        RunFingerprints others = Of(pretrained with { FromPretrained = Model(0.2, weights: 0.5f) });

        Assert.Equal(first, again); // the same weights whatever the seed
        Assert.Equal(first with { Config = null }, withDropout with { Config = null });
        Assert.NotEqual(first.Config, withDropout.Config);
        Assert.NotEqual(first.Weights, others.Weights);
        Assert.Equal(first, Of(Short)); // random ones of seed 0 are those that were exported
        Assert.NotEqual(first.Weights, Of(Short with { Seed = 1 }).Weights);
        Assert.NotEqual(first.Train, Of(Short with { Subsample = 0.5 }).Train);
    }

    [Fact]
    public void Run_Finished_ExportsAModelThatEvaluatesTheSame()
    {
        (IReadOnlyList<RunEvent> events, RunFolder folder) = Train(Short with { Keep = KeepModel.Last });
        EvaluationCompleted recorded = events.OfType<EvaluationCompleted>().Last(e => e.Split == "valid");

        using TrainingSession again = TrainingSession.Open(
            Short with { FromPretrained = folder.ModelPath, Init = ModelInit.Pretrained }, _folder.Home);
        EvaluationResult seen = again.Evaluator.Evaluate(again.Limit(again.Data.Valid), _ => false, CancellationToken.None);

        Assert.Equal(recorded.LabelLoss, seen.LabelLoss, 1e-5);
        Assert.Equal(recorded.RationaleLoss!.Value, seen.RationaleLoss!.Value, 1e-5);
        Assert.Equal(recorded.Correct, seen.Correct);
        Assert.Equal(
            Short with { Keep = KeepModel.Last },
            JsonSerializer.Deserialize<RunSpec>(File.ReadAllText(Path.Combine(folder.ModelPath, "spec.json")), EngineJson.Spec));
    }

    [Fact]
    public void Run_SameSpecTwice_IsTheSameToTheLastBit()
    {
        RunSpec withDropout = Short with { FromPretrained = Model(dropout: 0.1), Init = ModelInit.Pretrained, MaxSteps = 4 };
        (IReadOnlyList<RunEvent> one, _) = Train(withDropout);
        (IReadOnlyList<RunEvent> two, _) = Train(withDropout);
        (IReadOnlyList<RunEvent> other, _) = Train(withDropout with { Seed = 1 });

        Assert.Equal(Losses(one), Losses(two));
        Assert.NotEqual(Losses(one), Losses(other));
    }

    [Fact]
    public void Run_BatchHalvedAndStepsAccumulated_TrainsTheSame()
    {
        (IReadOnlyList<RunEvent> whole, _) = Train(Short with { BatchSize = 8, MaxSteps = 5 });
        (IReadOnlyList<RunEvent> halves, _) = Train(Short with { BatchSize = 4, GradSteps = 2, MaxSteps = 5 });

        foreach ((double expected, double actual) in Losses(whole).Zip(Losses(halves)))
        {
            Assert.Equal(expected, actual, 1e-4);
        }
    }

    /// <summary>Three epochs of 40 rows are three times 16 + 16 + 8: the last step of each has fewer rows, and so fewer batches.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Run_GradientsAccumulatedAcrossEpochs_TrainsAsOneLargeBatch(double dropout)
    {
        RunSpec spec = Short with
        {
            FromPretrained = Model(dropout),
            Init = ModelInit.Pretrained,
            Subsample = 0.02,
            MaxSteps = 9,
            EvalSteps = 9,
            OptimizerName = OptimizerName.Adafactor,
            LearningRate = 1e-3,
        };
        (IReadOnlyList<RunEvent> whole, RunFolder large) = Train(spec with { BatchSize = 16 });
        (IReadOnlyList<RunEvent> parts, RunFolder small) = Train(spec with { BatchSize = 4, GradSteps = 4 });

        Assert.Equal(40, whole.OfType<Started>().Single().TrainRows);
        Assert.Equal(3, parts.OfType<Started>().Single().StepsPerEpoch);
        Assert.Equal([16, 32, 40, 56, 72, 80, 96, 112, 120], parts.OfType<StepCompleted>().Select(step => step.Examples));
        Assert.Equal(
            whole.OfType<StepCompleted>().Select(step => (step.Examples, step.Tokens, step.Epoch)),
            parts.OfType<StepCompleted>().Select(step => (step.Examples, step.Tokens, step.Epoch)));
        Assert.All(Losses(whole).Zip(Losses(parts)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        using T5 one = HuggingFaceFolder.Load(large.ModelPath), other = HuggingFaceFolder.Load(small.ModelPath);
        Assert.All(
            one.parameters().Zip(other.parameters()), pair => Assert.True((pair.First - pair.Second).abs().max().item<float>() < 1e-4));
    }

    [Fact]
    public void Run_WeightsThatOverflow_FailsWithCauseAndRemedy()
    {
        var events = new List<RunEvent>();
        StudioException failure = Assert.Throws<StudioException>(
            () => Train(Short with { FromPretrained = Model(0, weights: 1e18f), Init = ModelInit.Pretrained }, events));

        var failed = Assert.IsType<Failed>(events[^1]);
        Assert.Contains("diverged at step", failed.Message, StringComparison.Ordinal);
        Assert.Contains("--lr", failed.Remedy, StringComparison.Ordinal);
        Assert.Contains(failed.Remedy!, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SettingsOutOfRange_NamesAllOfThem()
    {
        InputException refused = Assert.Throws<InputException>(
            () => TrainingSession.Open(Short with { Alpha = 2, BatchSize = 0 }, _folder.Home));
        Assert.Equal(2, refused.Problems.Count);
        Assert.False(Directory.Exists(_folder.Home.Runs));
    }

    private static double[] Losses(IEnumerable<RunEvent> events) => [.. events.OfType<StepCompleted>().Select(p => p.Loss)];

    private (IReadOnlyList<RunEvent> Events, RunFolder Folder) Train(
        RunSpec spec, List<RunEvent>? events = null, RunControl? control = null, Action<RunEvent>? then = null)
    {
        events ??= [];
        using RunControl own = new();
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch);
        using var recorder = new RunRecorder(folder.EventsPath, [new RecordingObserver(then, events)], TimeProvider.System);
        new Trainer(session, folder, recorder, control ?? own, folder.ModelPath).Run();
        return (events, folder);
    }

    private string Model(double dropout, float? weights = null) =>
        DemoModels.Export(_folder.Home, _folder[$"model-{dropout}"], dropout, weights);
}
