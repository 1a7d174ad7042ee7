using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using DistillStudio.Engine.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Training;

public class StepRunnerTests
{
    private static readonly T5Config Config = new()
    {
        VocabSize = 60,
        DModel = 16,
        DKv = 6,
        DFf = 24,
        NumLayers = 2,
        NumDecoderLayers = 2,
        NumHeads = 2,
        DropoutRate = 0,
    };

    [Theory]
    [InlineData(MethodNames.Standard)]
    [InlineData(MethodNames.TaskPrefix)]
    [InlineData(MethodNames.SingleTask)]
    public void ForwardBackward_FourSmallBatches_EqualsOneLargeOne(string methodName)
    {
        DistillationMethod method = DistillationMethod.Create(methodName, alpha: 0.3);
        EncodedTask?[][] rows = [.. Rows(method, 12)];
        using T5 model = CreateModel(dropout: 0.2);
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        var runner = new StepRunner(model, method, pass);

        TaskLosses whole = runner.ForwardBackward([rows], seed: 7);
        Tensor[] gradients = [.. model.parameters().Select(p => p.grad!.clone())];
        TaskLosses parts = runner.ForwardBackward([rows[..3], rows[3..4], rows[4..10], rows[10..]], seed: 7);

        Assert.Equal(whole.Objective, parts.Objective, 1e-6);
        Assert.Equal(whole.Label, parts.Label, 1e-6);
        Assert.Equal(whole.Rationale ?? 0, parts.Rationale ?? 0, 1e-6);
        foreach ((Tensor expected, Parameter parameter) in gradients.Zip(model.parameters()))
        {
            Assert.True(allclose(expected, parameter.grad!, rtol: 1e-4, atol: 1e-6));
        }
    }

    [Fact]
    public void ForwardBackward_StepByStep_ObjectiveIsTheWeightedSumOfRealLosses()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.TaskPrefix, alpha: 0.25);
        using T5 model = CreateModel();
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        TaskLosses losses = new StepRunner(model, method, pass).ForwardBackward([[.. Rows(method, 6)]], seed: 7);

        Assert.NotEqual(losses.Label, losses.Rationale);
        Assert.Equal((0.25 * losses.Label) + (0.75 * losses.Rationale!.Value), losses.Objective, 1e-9);
    }

    [Fact]
    public void ForwardBackward_SingleTask_PartsAddUpToTheWhole()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.SingleTask, alpha: 0.25);
        EncodedTask?[][] rows = [.. Rows(method, 6)];
        using T5 model = CreateModel();
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        TaskLosses losses = new StepRunner(model, method, pass).ForwardBackward([rows], seed: 7);

        int rationale = rows.Sum(r => r[0]!.RationaleTokens);
        int all = rows.Sum(r => r[0]!.Tokens.Target.Length);
        Assert.Equal(losses.Objective, ((losses.Rationale!.Value * rationale) + (losses.Label * (all - rationale))) / all, 1e-6);
    }

    [Fact]
    public void ForwardBackward_RowWithoutRationale_IsExcludedFromTheRationaleLoss()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.TaskPrefix, alpha: 0.5);
        EncodedTask?[][] rows = [.. Rows(method, 4)];
        using T5 model = CreateModel();
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        var runner = new StepRunner(model, method, pass);
        double? expected = runner.ForwardBackward([rows[1..]], seed: 7).Rationale;

        rows[0][1] = null;
        Assert.Equal(expected!.Value, runner.ForwardBackward([rows], seed: 7).Rationale!.Value, 1e-6);
    }

    [Fact]
    public void ForwardBackward_ManySteps_LeavesNoTensorBehind()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.TaskPrefix, alpha: 0.5);
        EncodedTask?[][] rows = [.. Rows(method, 4)];
        using T5 model = CreateModel();
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        var runner = new StepRunner(model, method, pass);
        runner.ForwardBackward([rows], seed: 7);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++)
        {
            runner.ForwardBackward([rows], seed: 7);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static T5 CreateModel(double dropout = 0)
    {
        var model = new T5(Config with { DropoutRate = dropout });
        model.InitializeWeights(1);
        model.train();
        return model;
    }

    /// <summary>Rows of unequal length, so that means over tokens differ from means over rows.</summary>
    private static IEnumerable<EncodedTask?[]> Rows(DistillationMethod method, int count)
    {
        var random = new SeededRandom(5);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 3 + random.Next(57)), T5Tokenizer.EndId];
        for (int row = 0; row < count; row++)
        {
            yield return [.. method.Streams.Select(stream => new EncodedTask(
                new TokenPair(Ids(3 + random.Next(9)), Ids(4 + random.Next(9))),
                stream.Target == TargetKind.Label ? 0 : 3))];
        }
    }
}
