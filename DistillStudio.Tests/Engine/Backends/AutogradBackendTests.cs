using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Backends;

public sealed class AutogradBackendTests
{
    private const ulong Seed = 11;

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void ForwardBackward_OfReferenceModel_AgreesWithHuggingFace(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        using var pass = new AutogradBackend(model);
        foreach (string batch in (string[])["pred", "expl"])
        {
            (Tensor _, Tensor _, Tensor labels) = reference.Batch(batch);
            int[][] targets = [
                .. labels.data<long>().ToArray().Chunk((int)labels.shape[1]).Select(
                    row => row.Where(id => id >= 0).Select(id => (int)id).ToArray())
            ];
            float weight = 1f / targets.Sum(target => target.Length);
            var packed = new PackedBatch(
                [
                    .. reference.Inputs(batch).Zip(targets, (input, target) => new TokenPair(input, target)).Select(
                        (pair, i) => new PackedRow(pair, 0, weight, (uint)i))
                ],
                model.Config.DecoderStartTokenId);
            float[] losses = pass.ForwardBackward(packed, Seed, accumulate: false);

            Assert.InRange(ReferenceT5.Difference(reference[$"{batch}.loss"], tensor(losses.Average()).view(1)), 0, 1e-5);
            Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            IReadOnlyList<string> gradients = reference.GradientNames(batch);
            Assert.Equal(parameters.Count, gradients.Count);
            Assert.All(gradients, key =>
                Assert.InRange(ReferenceT5.Difference(reference[key], parameters[key[$"{batch}.grad.".Length..]].grad!), 0, 1e-4));
        }
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(60, 2)] // labels and rationales differ so much in length that attention splits them
    public void ForwardBackward_OfTwoTasksAtOnce_IsTheirSum(int longest, int parts)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new T5(SmallT5.Config with { DropoutRate = 0.2 });
        model.InitializeWeights(4);
        model.train();
        var random = new SeededRandom(5);
        int[] Ids(int length) =>
            [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(model.Config.VocabSize - 2)), T5Tokenizer.EndId];
        PackedRow[] labels =
            [.. Enumerable.Range(0, 8).Select(i => new PackedRow(new TokenPair(Ids(4 + i), Ids(1 + (i % 2))), 0, 0.05f, (uint)(2 * i)))];
        PackedRow[] rationales = [
            .. labels.Select(
                (row, i) => new PackedRow(new TokenPair(row.Tokens.Input, Ids(longest - (i % 2))), 1, 0.002f, row.Sequence + 1))
        ];
        using var pass = new AutogradBackend(model);
        var together = new PackedBatch([.. labels, .. rationales], model.Config.DecoderStartTokenId);
        Assert.Equal(parts, new BatchTensors(together, model.Config.NumHeads, CPU).Target.Count);

        float[] losses = pass.ForwardBackward(together, Seed, accumulate: false);
        Tensor[] gradients = [.. model.parameters().Select(p => p.grad!.clone())];
        float[] apart =
        [
            .. pass.ForwardBackward(new PackedBatch(labels, model.Config.DecoderStartTokenId), Seed, accumulate: false),
            .. pass.ForwardBackward(new PackedBatch(rationales, model.Config.DecoderStartTokenId), Seed, accumulate: true),
        ];

        Assert.Equal(apart.Length, losses.Length);
        Assert.InRange(ReferenceT5.Difference(tensor(apart), tensor(losses)), 0, 1e-5);
        Assert.All(
            gradients.Zip(model.parameters()), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second.grad!), 0, 1e-4));
    }
}
