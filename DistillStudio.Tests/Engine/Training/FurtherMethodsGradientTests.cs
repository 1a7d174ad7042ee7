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

/// <summary>Each method's gradient against its formula, computed from autograd's losses of one target at a time.</summary>
public class FurtherMethodsGradientTests
{
    private const double Alpha = 0.3;

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

    private static readonly RationaleSource[] Sources = [new("a", 0.5), new("b", 0.3), new("c", 0.2)];

    [Theory]
    [InlineData(MethodNames.LabelThenRationale, BackendKind.Auto)]
    [InlineData(MethodNames.ManyRationales, BackendKind.Auto)]
    [InlineData(MethodNames.ManyRationales, BackendKind.Autograd)]
    [InlineData(MethodNames.SeveralTeachers, BackendKind.Auto)]
    [InlineData(MethodNames.ShuffledRationales, BackendKind.Auto)]
    [InlineData(MethodNames.KeyTokens, BackendKind.Auto)]
    public void ForwardBackward_EachMethod_IsTheGradientOfItsFormula(string name, BackendKind backend)
    {
        DistillationMethod method = DistillationMethod.Create(name, Alpha, Sources);
        EncodedTask?[][] rows = [.. Rows(method, 6)];
        using DisposeScope scope = NewDisposeScope();
        using T5 model = CreateModel();
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model, backend);

        TaskLosses losses = new StepRunner(model, method, pass).ForwardBackward([rows[..2], rows[2..]], seed: 7);
        Tensor[] gradients = [.. model.parameters().Select(p => p.grad!.clone())];
        (double expected, Tensor[] formula) = Formula(model, name, rows);

        Assert.Equal(expected, losses.Objective, 1e-5);
        Assert.All(formula.Zip(gradients), pair => Assert.True(allclose(pair.First, pair.Second, rtol: 1e-3, atol: 1e-6)));
    }

    [Fact]
    public void ForwardBackward_LabelThenRationale_SeparatesItsTwoParts()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.LabelThenRationale, Alpha);
        EncodedTask?[][] rows = [.. Rows(method, 1)];
        using T5 model = CreateModel();
        using var pass = new AutogradBackend(model);
        TaskLosses losses = new StepRunner(model, method, pass).ForwardBackward([rows], seed: 7);

        float[] tokens = Losses(model, pass, rows[0][0]!);
        Assert.Equal(tokens[..^3].Average(), losses.Label, 1e-6);
        Assert.Equal(tokens[^3..].Average(), losses.Rationale!.Value, 1e-6);
    }

    [Fact]
    public void ForwardBackward_MutualInformation_IsTheGradientOfItsFormula()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.MutualInformation, Alpha);
        EncodedTask?[][] rows = [.. Rows(method, 6)];
        (rows[1][1], rows[5][1]) = (null, null);
        using DisposeScope scope = NewDisposeScope();
        using T5 model = CreateModel();
        using var pass = new AutogradBackend(model);

        TaskLosses losses = new StepRunner(model, method, pass).ForwardBackward([rows[..2], rows[2..]], seed: 7);
        Tensor[] gradients = [.. model.parameters().Select(p => p.grad!.clone())];

        (double expected, Tensor[] formula) = Formula(model, MethodNames.TaskPrefix, rows);
        model.parameters().ToList().ForEach(p => p.grad!.zero_());
        Tensor mutual = zeros(1);
        foreach (EncodedTask?[] row in rows.Where(row => row[1] is not null))
        {
            Tensor Highest(EncodedTask task) => Probabilities(model, task).max(0).values;
            mutual += -(Highest(row[0]!).detach() * Highest(row[1]!).log()).sum() / 4;
        }

        (0.1 * mutual).sum().backward();
        expected += 0.1 * mutual.item<float>();
        Tensor[] third = [.. model.parameters().Select(p => p.grad!.clone())];

        var runner = new StepRunner(model, method, pass);
        float[] launched = runner.Launch([rows[..2], rows[2..]], seed: 7).data<float>().ToArray(); // as on a GPU
        Assert.Equal(losses, runner.Mean([rows[..2], rows[2..]], launched));
        Assert.InRange(0.1 * mutual.item<float>(), 0.01, 10);
        Assert.Equal(expected, losses.Objective, 1e-5);
        Assert.All(formula.Zip(third, gradients), sum => Assert.True(allclose(sum.First + sum.Second, sum.Third, rtol: 1e-3, atol: 1e-6)));
        Assert.False(allclose(formula[0], gradients[0], rtol: 1e-3, atol: 1e-6));
    }

    [Fact]
    public void ForwardBackward_MutualInformationWithoutRationales_IsTheLabelLoss()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.MutualInformation, Alpha);
        EncodedTask?[][] rows = [.. Rows(method, 3)];
        rows.ToList().ForEach(row => row[1] = null);
        using T5 model = CreateModel();
        using var pass = new AutogradBackend(model);
        TaskLosses losses = new StepRunner(model, method, pass).ForwardBackward([rows], seed: 7);
        Assert.Equal(Alpha * losses.Label, losses.Objective, 1e-6);
    }

    /// <summary>[target tokens, V], from the model's own layers, one row at a time.</summary>
    private static Tensor Probabilities(T5 model, EncodedTask task)
    {
        Tensor input = tensor(task.Tokens.Input.Select(id => (long)id).ToArray()).unsqueeze(0);
        Tensor decoder =
            tensor(task.Tokens.Target.Select(id => (long)id).SkipLast(1).Prepend(model.Config.DecoderStartTokenId).ToArray()).unsqueeze(0);
        Tensor mask = ones_like(input);
        return model.Logits(model.Decode(decoder, model.Encode(input, mask), mask)).softmax(-1).squeeze(0);
    }

    /// <summary>Sums the weighted gradients of each separate target: the formulas of <see cref="MethodNames"/>.</summary>
    private static (double Loss, Tensor[] Gradients) Formula(T5 model, string name, EncodedTask?[][] rows)
    {
        using var pass = new AutogradBackend(model);
        Tensor[] sums = [.. model.parameters().Select(p => zeros_like(p))];
        double loss = 0;
        void Add(EncodedTask task, double weight)
        {
            loss += weight * Losses(model, pass, task, (float)weight).Sum();
            foreach ((Tensor sum, Parameter parameter) in sums.Zip(model.parameters()))
            {
                sum.add_(parameter.grad!);
            }
        }

        int Length(EncodedTask? task) => task?.Tokens.Target.Length ?? 0;
        int labels = rows.Sum(row => Length(row[0]));
        foreach (EncodedTask?[] row in rows)
        {
            Add(row[0]!, (row.Length == 1 ? 1 : Alpha) / labels);
            for (int i = 1; i < row.Length; i++)
            {
                double share = name == MethodNames.SeveralTeachers ? Sources[i - 1].Share : 1;
                double Inverse(EncodedTask?[] of) =>
                    name == MethodNames.ManyRationales ? 1.0 / of.Skip(1).Count(task => task is not null) : 1;
                double all = name == MethodNames.ManyRationales ? rows.Sum(of => Inverse(of) * of.Skip(1).Sum(Length)) : rows.Sum(of =>
                    Length(of[i]));
                if (row[i] is { } task)
                {
                    Add(task, (1 - Alpha) * share * Inverse(row) / all);
                }
            }
        }

        return (loss, sums);
    }

    private static float[] Losses(T5 model, AutogradBackend pass, EncodedTask task, float weight = 1) =>
        pass.ForwardBackward(new([new(task.Tokens, 0, weight, 0)], model.Config.DecoderStartTokenId), 7, accumulate: false);

    private static T5 CreateModel()
    {
        var model = new T5(Config);
        model.InitializeWeights(1);
        model.train();
        return model;
    }

    /// <summary>Rows of unequal length, of which the second and the last lack the second rationale.</summary>
    private static IEnumerable<EncodedTask?[]> Rows(DistillationMethod method, int count)
    {
        var random = new SeededRandom(5);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 3 + random.Next(57)), T5Tokenizer.EndId];
        for (int row = 0; row < count; row++)
        {
            bool lacks = row == 1 || row == count - 1;
            int rationales = method.Streams.Count(stream => stream.Target == TargetKind.Rationale);
            yield return
            [
                .. method.Streams.Select(stream =>
                    new EncodedTask(new(Ids(3 + random.Next(9)), Ids(4 + random.Next(9))), stream.Target == TargetKind.Label ? 0 : 3))
                    .Select((task, i) => method.Streams[i] is { Target: TargetKind.Rationale } stream && rationales > 1
                        ? lacks && stream.Source == 1
                            ? null
                            : task with { Share = method.Name == MethodNames.ManyRationales ? 1.0 / (rationales - (lacks ? 1 : 0)) : 1 }
                        : task),
            ];
        }
    }
}
