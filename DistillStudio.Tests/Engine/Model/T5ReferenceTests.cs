using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace DistillStudio.Tests.Engine.Model;

public sealed class T5ReferenceTests(ITestOutputHelper output)
{
    private static readonly string[] Batches = ["pred", "expl"];

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void Forward_OfReferenceModel_AgreesInHiddenStatesLogitsAndLoss(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        foreach (string batch in Batches)
        {
            (Tensor ids, Tensor mask, Tensor labels) = reference.Batch(batch);
            Tensor encoded = model.Encode(ids, mask);
            Tensor starts = zeros([labels.shape[0], 1], ScalarType.Int64);
            Tensor shifted = cat([starts, labels.slice(1, 0, -1, 1)], 1);
            Tensor logits = model.Logits(model.Decode(shifted.masked_fill(shifted.eq(-100), 0), encoded, mask));
            Tensor losses = model.TokenLosses(ids, mask, labels);

            Check("hidden", 1e-5, ReferenceT5.Difference(reference[$"{batch}.encoder_last_hidden_state"], encoded));
            Check("logits", 1e-5, ReferenceT5.Difference(reference[$"{batch}.logits"], logits));
            Check("loss", 1e-5, ReferenceT5.Difference(reference[$"{batch}.loss"], losses.mean().view(1)));
            Assert.Equal([labels.ne(-100).sum().item<long>()], losses.shape);
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void Backward_OfReferenceModel_AgreesInAllGradients(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        foreach (string batch in Batches)
        {
            (Tensor ids, Tensor mask, Tensor labels) = reference.Batch(batch);
            model.zero_grad();
            model.TokenLosses(ids, mask, labels).mean().backward();

            Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            string prefix = $"{batch}.grad.";
            IReadOnlyList<string> gradients = reference.GradientNames(batch);
            Assert.Equal(parameters.Count, gradients.Count);
            Check("gradients", 1e-4, gradients.Max(key => ReferenceT5.Difference(reference[key], parameters[key[prefix.Length..]].grad!)));
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void Training_OfReferenceModelFor20Steps_AgreesInHistoryWeightsAndAnswers(string name)
    {
        const int Steps = 20;
        const double Rate = 1e-3;
        using DisposeScope scope = NewDisposeScope();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        Parameter[] parameters = [.. model.parameters()];
        using var optimizer = new AdamW(parameters);
        (Tensor Ids, Tensor Mask, Tensor Labels) pred = reference.Batch("pred");
        (Tensor Ids, Tensor Mask, Tensor Labels) expl = reference.Batch("expl");
        var spec = new RunSpec { Dataset = "", FromPretrained = "", LearningRate = Rate, MaxSteps = Steps };
        var history = new List<double>();
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope stepScope = NewDisposeScope();
            model.zero_grad();
            Tensor predLoss = model.TokenLosses(pred.Ids, pred.Mask, pred.Labels).mean();
            Tensor explLoss = model.TokenLosses(expl.Ids, expl.Mask, expl.Labels).mean();
            Tensor total = (predLoss * 0.3) + (explLoss * 0.7);
            total.backward();
            double norm = GradientClip.Apply(parameters).item<float>();
            optimizer.Step(LearningRateSchedule.Rate(spec, step));
            history.AddRange([step, predLoss.item<float>(), explLoss.item<float>(), total.item<float>(), norm]);
        }

        Tensor expected = reference["train.history"];
        Tensor actual = tensor(history.ToArray(), [Steps, 5]);
        for (int column = 1; column < 5; column++)
        {
            Check($"history {column}", 1e-4, ReferenceT5.Difference(expected.select(1, column), actual.select(1, column)));
        }

        Check("weights", 1e-3, model.named_parameters().Max(p => ReferenceT5.Difference(reference[$"train.final.{p.name}"], p.parameter)));
        foreach (string batch in Batches)
        {
            AssertGenerates(reference, model, batch, $"trained.{batch}");
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void Generate_WithReferenceModel_WritesTheSameGreedilyAndWithFourBeams(string name)
    {
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);

        AssertGenerates(reference, model, "pred", "pred");
    }

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void TokenLosses_InBFloat16_AreNearFloat32(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder, Precision.BFloat16);
        (Tensor ids, Tensor mask, Tensor labels) = reference.Batch("expl");

        Tensor loss = model.TokenLosses(ids, mask, labels).mean();
        loss.backward();

        Check("loss", 2e-2, ReferenceT5.Difference(reference["expl.loss"], loss.view(1)));
        Assert.All(model.named_parameters(), p => Assert.Equal(ScalarType.Float32, p.parameter.grad!.dtype));
        using IDisposable noGrad = no_grad();
        using IDisposable operands = model.CacheWeightCasts();
        Assert.Equal(loss.item<float>(), model.TokenLosses(ids, mask, labels).mean().item<float>());
    }

    private static void AssertGenerates(ReferenceT5 reference, T5 model, string batch, string expected)
    {
        foreach ((string search, int beams) in (ReadOnlySpan<(string, int)>)[("greedy", 1), ("beam4", 4)])
        {
            IReadOnlyList<int[]> wanted = reference.Generated($"{expected}.{search}");
            foreach (int batchSize in (ReadOnlySpan<int>)[1, 3, 8])
            {
                IReadOnlyList<GeneratedIds> written = SequenceGenerator.Generate(
                    model,
                    reference.Inputs(batch),
                    new GenerationOptions { MaxNewTokens = 23, Beams = beams, BatchSize = batchSize },
                    TestContext.Current.CancellationToken);
                Assert.Equal(wanted, written.Select(answer => answer.Ids.ToArray()));
                Assert.All(written, answer => Assert.Equal(answer.Ids[^1] != 1, answer.IsTruncated));
            }
        }
    }

    private void Check(string what, double tolerance, double difference)
    {
        output.WriteLine($"{what}: {difference:e1}");
        Assert.InRange(difference, 0, tolerance);
    }
}
