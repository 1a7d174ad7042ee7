using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;

namespace DistillStudio.Tests.Engine.Training;

/// <summary>What a run does on a GPU, forced on the CPU: contiguous weights, norm and clipping on the device, losses recorded when they
/// arrive.</summary>
public sealed class LaunchedStepsTests : IDisposable
{
    private static readonly RunSpec Short =
        RunDefaults.Demo with { MaxSteps = 6, EvalSteps = 3, BatchSize = 8, EvalLimit = 20, GenMaxLen = 12, Device = "cpu" };

    private readonly TempFolder _folder = new();

    private StudioHome Home => _folder.Home;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OptimizerName.AdamW, 1)]
    [InlineData(OptimizerName.AdamW, 2)]
    [InlineData(OptimizerName.Adafactor, 1)]
    public void Run_AsOnGpu_RecordsTheSameEventsAsOnTheCpu(OptimizerName optimizer, int gradSteps)
    {
        RunSpec spec = Short with { OptimizerName = optimizer, GradSteps = gradSteps, LearningRate = 1e-3 };
        List<RunEvent> expected = Train(spec, BackendKind.Auto);
        List<RunEvent> actual = Train(spec, BackendKind.AsOnGpu);

        // the progress of an evaluation is recorded by the clock
        static IEnumerable<Type> Kinds(List<RunEvent> events) => events.Where(e => e is not EvaluationProgressed).Select(e => e.GetType());
        Assert.Equal(Kinds(expected), Kinds(actual));
        StepCompleted[] steps = [.. actual.OfType<StepCompleted>()];
        Assert.Equal(Enumerable.Range(1, 6), steps.Select(s => s.Step));
        Assert.All(expected.OfType<StepCompleted>().Zip(steps), pair =>
        {
            Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-3);
            Assert.Equal(pair.First.LabelLoss, pair.Second.LabelLoss, 1e-3);
            Assert.Equal(1, pair.Second.GradientNorm / pair.First.GradientNorm, 1e-2);
            Assert.Equal(
                (pair.First.Tokens, pair.First.Examples, pair.First.LearningRate),
                (pair.Second.Tokens, pair.Second.Examples, pair.Second.LearningRate));
            Assert.InRange(pair.Second.Seconds, 0, 60);
        });
    }

    [Fact]
    public void Run_AsOnGpuWithWeightsThatOverflow_FailsBeforeItSaves()
    {
        string folder = DemoModel.Materialize(Home);
        using (var model = new T5(HuggingFaceFolder.ReadConfig(folder)))
        using (no_grad())
        {
            foreach (Parameter parameter in model.parameters())
            {
                parameter.fill_(1e30f);
            }

            HuggingFaceFolder.Export(Path.Combine(Home.Path, "large"), model, folder);
        }

        var events = new List<RunEvent>();
        StudioException failed = Assert.ThrowsAny<StudioException>(
            () => Train(
                Short with { FromPretrained = Path.Combine(Home.Path, "large"), Init = ModelInit.Pretrained }, BackendKind.AsOnGpu,
                events));

        Assert.Contains("diverged at step 1", failed.Message, StringComparison.Ordinal);
        Assert.IsType<Failed>(events[^1]);
        Assert.DoesNotContain(events, e => e is Checkpointed or EvaluationCompleted or StepCompleted);
    }

    [Fact]
    public void Run_AsOnGpuCancelled_RecordsEveryStepBeforeItsEnd()
    {
        using var control = new RunControl();
        List<RunEvent> events = [];
        Train(Short, BackendKind.AsOnGpu, events, control, e =>
        {
            if (e is StepCompleted { Step: 2 })
            {
                control.Cancel();
            }
        });

        int last = Assert.IsType<Cancelled>(events[^1]).Step;
        Assert.Equal(Enumerable.Range(1, last), events.OfType<StepCompleted>().Select(s => s.Step));
        Assert.Equal(last, events.OfType<Checkpointed>().Last().Step);
    }

    [Fact]
    public void Run_AsOnGpu_LeavesNoTensorBehind()
    {
        var counts = new List<long>();
        Train(Short with { MaxSteps = 12, EvalSteps = 12 }, BackendKind.AsOnGpu, [], null, e =>
        {
            if (e is StepCompleted)
            {
                counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }
        });

        Assert.Equal(counts[2], counts[^1]);
    }

    [Fact]
    public void FlatParameters_OfAModel_AreItsWeightsAndGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        var first = new Parameter(rand(3, 5));
        var second = new Parameter(rand(7));
        float[] before = [.. first.data<float>(), .. second.data<float>()];
        using var flat = new FlatParameters([first, second]);

        Assert.Equal(before, flat.Weights.data<float>().ToArray());
        (first.sum() + (second * second).sum()).backward();
        Assert.Equal([.. Enumerable.Repeat(1f, 15), .. before[15..].Select(w => 2 * w)], flat.Gradients.data<float>().ToArray());
        using (no_grad())
        {
            flat.Weights.fill_(2);
        }

        Assert.True(first.requires_grad);
        Assert.All(first.data<float>().ToArray(), weight => Assert.Equal(2, weight));
        (second * first.sum()).sum().backward();
        Assert.Equal(before[15] * 2 + 30, flat.Gradients[15].item<float>(), 1e-4);
    }

    [Fact]
    public void NormAndScaleOnDevice_AgreeWithThoseOnTheHost()
    {
        using DisposeScope scope = NewDisposeScope();
        var parameter = new Parameter(zeros(10_000_000));
        using var flat = new FlatParameters([parameter]);
        flat.Gradients.fill_(0.1f);
        Tensor norm = GradientClip.NormOnDevice(flat);

        Assert.Equal(1, norm.item<double>() / GradientClip.Norm([parameter]), 1e-5);
        Assert.Equal(GradientClip.ScaleOf(norm.item<double>()), GradientClip.ScaleOf(norm).item<float>(), 1e-7);
        flat.Gradients.fill_(1e-6f);
        Assert.Equal(1, GradientClip.ScaleOf(GradientClip.NormOnDevice(flat)).item<float>());
        flat.Gradients.fill_(float.NaN);
        Assert.True(float.IsNaN(GradientClip.ScaleOf(GradientClip.NormOnDevice(flat)).item<float>()));
    }

    [Fact]
    public void AdamW_OfContiguousParameters_TakesTheStepsOfOurKernel()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter[] apart = [new(randn(30, 50)), new(randn(17))];
        Parameter[] together = [.. apart.Select(p => new Parameter(p.detach().clone()))];
        using var flat = new FlatParameters(together);
        using var expected = new AdamW(apart);
        using var actual = new AdamW(together, flat);
        for (int step = 0; step < 4; step++)
        {
            foreach ((Parameter from, Parameter to) in apart.Zip(together))
            {
                from.grad = randn(from.shape);
                to.grad!.copy_(from.grad);
            }

            double scale = GradientClip.ScaleOf(GradientClip.Norm(apart));
            expected.Step(0.01, scale);
            actual.Step(0.01, factor: tensor((float)scale));
        }

        Assert.All(apart.Zip(together), pair => Assert.InRange((pair.First - pair.Second).abs().max().item<float>(), 0, 2e-6));
        Assert.All(expected.State().Zip(actual.State()), pair =>
        {
            Assert.Equal((pair.First.Name, pair.First.Parameter), (pair.Second.Name, pair.Second.Parameter));
            Assert.InRange((pair.First.Value - pair.Second.Value).abs().max().item<float>(), 0, 1e-6);
        });
    }

    private List<RunEvent> Train(
        RunSpec spec, BackendKind pass, List<RunEvent>? events = null, RunControl? control = null, Action<RunEvent>? then = null)
    {
        events ??= [];
        using RunControl own = new();
        using TrainingSession session = TrainingSession.Open(spec, Home, pass);
        RunFolder folder = RunFolder.Create(Home.Runs, spec, DateTimeOffset.UnixEpoch);
        using var recorder = new RunRecorder(folder.EventsPath, [new RecordingObserver(then, events)], TimeProvider.System);
        new Trainer(session, folder, recorder, control ?? own, folder.ModelPath).Run();
        return events;
    }
}
