using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuAttentionKernelTests : IDisposable
{
    private const int Heads = 3;
    private const int Width = 5;
    private const int Buckets = 8;
    private const int Limit = 6;
    private const uint Site = 12;

    private readonly GpuScene _scene = new();

    public enum Kind
    {
        Encoder,
        Decoder,
        Cross,
    }

    public enum Way
    {
        Kernel,
        Products,
        Libtorch,
    }

    [Theory]
    [InlineData(Kind.Encoder, new[] { 1 }, new[] { 1 }, 0)]
    [InlineData(Kind.Encoder, new[] { 9, 1, 4 }, new[] { 9, 1, 4 }, GpuScene.Rate)]
    [InlineData(Kind.Decoder, new[] { 3, 0, 10 }, new[] { 3, 0, 10 }, GpuScene.Rate)]
    [InlineData(Kind.Cross, new[] { 2, 7 }, new[] { 5, 1 }, GpuScene.Rate)]
    public void ForwardAndBackward_RowsOfUnequalLength_AgreeWithAutograd(Kind kind, int[] queries, int[] keys, double rate)
    {
        (Tensor q, Tensor k, Tensor v) = (Rows(queries.Sum()), Rows(keys.Sum()), Rows(keys.Sum()));
        Tensor table = _scene.Random(Buckets, Heads).requires_grad_();
        var buckets = new RelativeBuckets(kind == Kind.Encoder, Buckets, Limit);
        Tensor gradient = _scene.Random(queries.Sum(), Heads * Width);
        Tensor expected = Expected(kind, q, k, v, table, buckets, queries, keys, rate);
        (expected * gradient).sum().backward();

        (Tensor? own, Tensor? ids) = kind == Kind.Cross ? (null, null) : (table.detach(), buckets.All(CPU));
        foreach (Way by in Enum.GetValues<Way>())
        {
            AssertGradients(Run(by, kind, [q.detach(), k.detach(), v.detach()], own, ids, gradient, queries, keys, rate));
        }

        void AssertGradients(Tensor[] actual)
        {
            GpuScene.AssertClose(expected, actual[0]);
            GpuScene.AssertClose(q.grad!, actual[1]);
            GpuScene.AssertClose(k.grad!, actual[2]);
            GpuScene.AssertClose(v.grad!, actual[3]);
            Assert.Equal(own is null ? 4 : 5, actual.Length);
            if (own is not null)
            {
                GpuScene.AssertClose(table.grad!, actual[4], 1e-4);
            }
        }
    }

    [Fact]
    public void Attend_PaddingAfterTheSequences_IsZeroAndHasNoGradient()
    {
        foreach (Way by in Enum.GetValues<Way>())
        {
            Tensor[] actual = Run(
                by, Kind.Cross, [.. Enumerable.Range(0, 3).Select(_ => _scene.Random(9, Heads * Width))], null, null,
                _scene.Random(9, Heads * Width), [4, 2, 0], [4, 2, 0], GpuScene.Rate, padding: 3);

            Assert.All(actual, tensor => Assert.Equal(0, tensor.narrow(0, 6, 3).abs().max().item<float>()));
            Assert.All(actual, tensor => Assert.True(tensor.narrow(0, 0, 6).abs().max().item<float>() > 0));
        }
    }

    [Fact]
    public void Attend_ALongerSequenceThanAGroupHolds_IsRefused()
    {
        Tensor x = _scene.Random(3, Heads * Width);
        var rows = new SequenceRows(tensor([0L, 0, 0]), tensor([0L, 3]), GpuAttentionShape.LongestSequence + 1);

        Assert.Contains("more than 2048 tokens", Assert.Throws<ArgumentException>(() => _scene.Operations.Attend(
            new(x, x, x, null), new(rows, rows, null, Heads, false), GpuScene.Source(1), GpuMask.None, empty_like(x))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Way.Kernel)]
    [InlineData(Way.Products)]
    public void ForwardAndBackward_InBFloat16_AreCloseToFloat32(Way by)
    {
        int[] lengths = [6, 3];
        Tensor[] operands = [.. Enumerable.Range(0, 3).Select(_ => _scene.Random(ScalarType.BFloat16, 1, 9, Heads * Width))];
        Tensor gradient = _scene.Random(ScalarType.BFloat16, 1, 9, Heads * Width);
        Tensor[] exact = Run(
            by, Kind.Cross, [.. operands.Select(x => x.to(ScalarType.Float32))], null, null,
            gradient.to(ScalarType.Float32), lengths, lengths, 0.1);
        Tensor[] rounded = Run(by, Kind.Cross, operands, null, null, gradient, lengths, lengths, 0.1);

        Assert.All(rounded, tensor => Assert.Equal(ScalarType.BFloat16, tensor.dtype));
        Assert.All(exact.Zip(rounded), pair => GpuScene.AssertClose(pair.First, pair.Second));
    }

    [Theory]
    [InlineData(Way.Kernel)]
    [InlineData(Way.Products)]
    public void ForwardAndBackward_ExtremeScores_StayFiniteAndRepeat(Way by)
    {
        int[] lengths = [7];
        Tensor[] operands = [.. Enumerable.Range(0, 3).Select(_ => _scene.Random(ScalarType.Float32, 1e4, 7, Heads * Width))];
        Tensor gradient = _scene.Random(7, Heads * Width);
        Tensor[] first = Run(by, Kind.Cross, operands, null, null, gradient, lengths, lengths, GpuScene.Rate);
        Tensor[] second = Run(by, Kind.Cross, operands, null, null, gradient, lengths, lengths, GpuScene.Rate);

        Assert.All(first, tensor => Assert.True(tensor.isfinite().all().item<bool>()));
        Assert.All(first.Zip(second), pair => GpuScene.AssertEqual(pair.First, pair.Second));
    }

    public void Dispose() => _scene.Dispose();

    private static long[] Starts(int[] lengths) => [0, .. lengths.Select((_, i) => (long)lengths.Take(i + 1).Sum())];

    private static uint SequenceOf(int row) => (uint)row + 0xFFFF00;

    private Tensor Rows(int rows) => _scene.Random(rows, Heads * Width).requires_grad_();

    /// <summary>Attends with operands whose rows lie apart, as in the result of one product.</summary>
    private Tensor[] Run(
        Way by, Kind kind, Tensor[] qkv, Tensor? table, Tensor? buckets, Tensor gradient, int[] queries, int[] keys, double rate,
        int padding = 0)
    {
        SequenceRows RowsOf(int[] lengths) => new(
            tensor(
                lengths.SelectMany((length, row) => Enumerable.Repeat((long)row, length))
                    .Concat(Enumerable.Repeat(lengths.Length - 1L, padding)).ToArray()),
            tensor(Starts(lengths)), lengths.Max());
        var map = new AttentionMap(RowsOf(queries), RowsOf(keys), buckets, Heads, kind == Kind.Decoder);
        var source = new MaskSource(
            tensor(queries.Select((_, row) => (long)SequenceOf(row)).ToArray()), tensor([unchecked((long)GpuScene.Seed)]));
        Tensor joined = cat([qkv[1], qkv[2]], 1);
        var operands = new AttentionOperands(
            qkv[0], joined.narrow(1, 0, Heads * Width), joined.narrow(1, Heads * Width, Heads * Width), table);
        var mask = new GpuMask(Site, rate);
        Tensor output = zeros_like(qkv[0]);
        Tensor into = zeros_like(joined);
        var gradients = new AttentionGradients(
            zeros_like(qkv[0]), into.narrow(1, 0, Heads * Width), into.narrow(1, Heads * Width, Heads * Width));
        IFusedOperations operations = by == Way.Libtorch ? new TorchOperations() : _scene.Operations;
        Tensor? tableGradient;
        if (by == Way.Products)
        {
            Tensor[] kept = PaddedAttention.Forward(operations, operands, map, source, mask, output);
            tableGradient = PaddedAttention.Backward(operations, kept, table, map, source, mask, gradient, gradients);
        }
        else
        {
            Tensor statistics = operations.Attend(operands, map, source, mask, output);
            tableGradient = operations.AttendBackward(operands, map, source, mask, gradient, statistics, gradients);
        }

        Tensor[] all = [output, gradients.Q, gradients.K, gradients.V];
        return tableGradient is null ? all : [.. all, tableGradient];
    }

    /// <summary>Computes each sequence by itself.</summary>
    private static Tensor Expected(
        Kind kind, Tensor q, Tensor k, Tensor v, Tensor table, RelativeBuckets buckets, int[] queries, int[] keys, double rate)
    {
        var outputs = new List<Tensor>();
        for (int row = 0; row < queries.Length; row++)
        {
            if (queries[row] == 0)
            {
                continue;
            }

            Tensor Split(Tensor x, int[] lengths) =>
                x.narrow(0, Starts(lengths)[row], lengths[row]).view(lengths[row], Heads, Width).transpose(0, 1);
            Tensor scores = Shapes.MatMul(Split(q, queries), Split(k, keys).transpose(1, 2)); // [H, Q, K]
            if (kind != Kind.Cross)
            {
                long[] ids = [.. Enumerable.Range(0, queries[row] * keys[row]).Select(
                    i => (long)buckets.Of((i % keys[row]) - (i / keys[row])))];
                scores = scores + table.index_select(0, tensor(ids)).view(queries[row], keys[row], Heads).permute(2, 0, 1);
            }

            if (kind == Kind.Decoder)
            {
                scores = scores + full([queries[row], keys[row]], float.MinValue).triu(1);
            }

            long[] maskKeys = [.. Enumerable.Range(0, Heads * queries[row]).Select(
                i => (long)RowKeys.OfAttention(SequenceOf(row), i / queries[row], i % queries[row]))];
            Tensor weights = scores.softmax(-1) * GpuScene.Factors(maskKeys, keys[row], Site, rate).view(scores.shape);
            outputs.Add(Shapes.MatMul(weights, Split(v, keys)).transpose(0, 1).reshape(queries[row], Heads * Width));
        }

        return cat(outputs);
    }
}
