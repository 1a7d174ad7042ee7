using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Compares every kernel with libtorch's operators on the device before it is used.</summary>
internal static class KernelTrial
{
    private const int Rows = 19; // neither these nor the widths are multiples of a group
    private const int Width = 101;
    private const double Rate = 0.2;
    private const double Tolerance = 1e-3;
    private const double BFloat16Tolerance = 2e-2; // the sums may round to neighbours

    private static readonly GpuMask First = new(5, Rate);
    private static readonly GpuMask Second = new(9, Rate);

    /// <summary>Returns the operations whose results differ, or that fail, each with why, as the end of a sentence.</summary>
    /// <param name="kernels">What is tried.</param>
    /// <param name="reference">What is right.</param>
    /// <param name="device">Device of both.</param>
    /// <param name="operations">What is to be used: a kernel that fails may leave the GPU unusable for the process.</param>
    internal static IReadOnlyList<(FusedOperation Operation, string Why)> Run(
        IFusedOperations kernels, IFusedOperations reference, Device device, IEnumerable<FusedOperation> operations)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(7);
        var scene = new Scene(generator, device);
        var wrong = new List<(FusedOperation, string)>();
        foreach (FusedOperation operation in operations)
        {
            try
            {
                foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
                {
                    Tensor[] expected = Results(operation, reference, scene, type);
                    Tensor[] actual = Results(operation, kernels, scene, type);
                    bool roundsProducts = operation == FusedOperation.Attention && type == ScalarType.BFloat16;
                    if (WhyDifferent(expected, actual, roundsProducts) is { } why)
                    {
                        wrong.Add((operation, why));
                        break;
                    }
                }
            }
            catch (Exception e) when (e is StudioException or ExternalException or ArgumentException)
            {
                wrong.Add((operation, e.Message.Split('\n')[0]));
            }
        }

        return wrong;
    }

    private static Tensor[] Results(FusedOperation operation, IFusedOperations by, Scene scene, ScalarType type) => operation switch
    {
        FusedOperation.Norm => [.. Norm(by, scene, type, ScalarType.Float32), .. Norm(by, scene, ScalarType.Float32, type),
            .. Norm(by, scene, type, type)],
        FusedOperation.Activation => [.. Enum.GetValues<GpuActivation>().SelectMany(activation => Activation(by, scene, type, activation))],
        FusedOperation.CrossEntropy => CrossEntropy(by, scene, type),
        FusedOperation.Embedding =>
            [by.Embed(scene.Matrix(0), scene.Ids, scene.Source, First),
                by.EmbedBackward(scene.Matrix(1), [Rows, Width], scene.Ids, scene.Source, First)],
        FusedOperation.AttentionWeights =>
            [.. AttentionWeights(by, scene, type, isCausal: false), .. AttentionWeights(by, scene, type, isCausal: true)],
        FusedOperation.HeadRows =>
            [.. HeadRows(by, scene, scene.HeadRows(0, type)), .. HeadRows(by, scene, scene.HeadRows(0, type).contiguous())],
        FusedOperation.Attention => [.. Attention(by, scene, type, isCausal: false), .. Attention(by, scene, type, isCausal: true)],
        _ => Adam(by, scene),
    };

    /// <param name="rows">Of whole words, or not, which different kernels copy.</param>
    private static Tensor[] HeadRows(IFusedOperations by, Scene scene, Tensor rows)
    {
        Tensor padded = by.GatherHeads(rows, scene.Spans.Starts, scene.Spans.Length, Scene.Heads);
        Tensor packed = zeros_like(rows);
        by.ScatterHeads(padded, scene.Spans.Starts, packed);
        return [padded, packed];
    }

    /// <summary>Computes weights with a position bias, or causally without one.</summary>
    private static Tensor[] AttentionWeights(IFusedOperations by, Scene scene, ScalarType type, bool isCausal)
    {
        (Tensor scores, Tensor gradient) = (scene.Weights(0).to(type), scene.Weights(1).to(type));
        Tensor? table = isCausal ? null : scene.Table;
        AttentionMap map = scene.Map(isCausal);
        (Tensor dropped, Tensor statistics) = by.AttentionWeights(scores, table, map, scene.SequenceSource, First);
        (Tensor slopes, Tensor? tableGradient) = by.AttentionWeightsBackward(
            scores, table, map, scene.SequenceSource, First, gradient, statistics);
        return tableGradient is null ? [dropped, slopes] : [dropped, slopes, tableGradient];
    }

    /// <summary>Attends with a position bias, or causally without one.</summary>
    private static Tensor[] Attention(IFusedOperations by, Scene scene, ScalarType type, bool isCausal)
    {
        using Scalar quarter = 0.25.ToScalar(); // exact, and scores of usual size
        Tensor[] rows = [.. Enumerable.Range(0, 4).Select(i => scene.HeadRows(i, type))];
        rows[0].mul_(quarter);
        var operands = new AttentionOperands(rows[0], rows[1], rows[2], isCausal ? null : scene.Table);
        AttentionMap map = scene.Map(isCausal);
        Tensor[] results = [.. Enumerable.Range(0, 4).Select(_ => scene.Empty(type))];
        Tensor output = results[0].contiguous();
        Tensor statistics = by.Attend(operands, map, scene.SequenceSource, First, output);
        Tensor? table = by.AttendBackward(
            operands, map, scene.SequenceSource, First, rows[3].contiguous(), statistics, new(results[1], results[2], results[3]));
        return table is null ? [output, .. results[1..]] : [output, .. results[1..], table];
    }

    private static Tensor[] Norm(IFusedOperations by, Scene scene, ScalarType addedType, ScalarType type)
    {
        (Tensor sum, Tensor inverse, Tensor normed) = by.Norm(
            scene.Matrix(0), scene.Matrix(1).to(addedType), scene.Matrix(2)[0], scene.Source, First, Second, 1e-6f, type);
        (Tensor x, Tensor? added, Tensor weight) = by.NormBackward(
            sum, scene.Matrix(2)[0], inverse, scene.Matrix(3).to(type), scene.Matrix(4), scene.Source, First, Second, addedType);
        (Tensor _, Tensor ownInverse, Tensor alone) = by.Norm(
            scene.Matrix(0), null, scene.Matrix(2)[0], scene.Source, GpuMask.None, GpuMask.None, 1e-6f, type);
        (Tensor ownX, Tensor? _, Tensor ownWeight) = by.NormBackward(
            scene.Matrix(0), scene.Matrix(2)[0], ownInverse, scene.Matrix(3).to(type), null, scene.Source, GpuMask.None, GpuMask.None,
            null);
        return [sum, inverse, normed, x, added!, weight, alone, ownX, ownWeight];
    }

    private static Tensor[] Activation(IFusedOperations by, Scene scene, ScalarType type, GpuActivation activation)
    {
        (Tensor inner, Tensor gate, Tensor gradient) = (scene.Matrix(0).to(type), scene.Matrix(1).to(type), scene.Matrix(2).to(type));
        (Tensor own, Tensor gated, Tensor alone) = (empty_like(inner), empty_like(gate), empty_like(inner));
        by.ActivateBackward(inner, gate, gradient, scene.Source, First, activation, own, gated);
        by.ActivateBackward(inner, null, gradient, scene.Source, First, activation, alone, null);
        return
        [
            by.Activate(inner, gate, scene.Source, First, activation), own, gated,
            by.Activate(inner, null, scene.Source, First, activation), alone,
        ];
    }

    private static Tensor[] CrossEntropy(IFusedOperations by, Scene scene, ScalarType type)
    {
        Tensor logits = scene.Matrix(0).to(type);
        Tensor targets = scene.Ids.sub(TensorArithmetic.One); // one is -1
        (Tensor losses, Tensor highest, Tensor inverse) = by.CrossEntropy(logits, targets);
        Tensor weights = scene.Matrix(1).narrow(1, 0, 1).contiguous().view(-1);
        return [losses, highest, inverse, by.CrossEntropyBackward(logits, targets, weights, highest, inverse)];
    }

    private static Tensor[] Adam(IFusedOperations by, Scene scene)
    {
        Tensor[] state = [.. Enumerable.Range(0, 3).Select(i => scene.Matrix(i).abs().view(-1))];
        Tensor copy = state[0].to(ScalarType.BFloat16);
        Tensor Number(float value) => tensor([value], device: scene.Device);
        by.Adam(
            state[0], scene.Matrix(3).contiguous().view(-1), state[1], state[2], Number(0.1f), Number(0.5f), Number(0.7f),
            new(0, 0.9f, 0.1f, 0.999f, 0.001f, 0, 0, 1e-8f), copy);
        return [.. state, copy];
    }

    /// <param name="roundsProducts">Whether libtorch rounds what float32 results are computed from.</param>
    private static string? WhyDifferent(Tensor[] expected, Tensor[] actual, bool roundsProducts)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Tensor right = expected[i].to(ScalarType.Float32);
            double tolerance = roundsProducts || expected[i].dtype == ScalarType.BFloat16 ? BFloat16Tolerance : Tolerance;
            bool isClose = expected[i].dtype == actual[i].dtype && allclose(right, actual[i].to(ScalarType.Float32), tolerance, tolerance);
            if (!isClose)
            {
                return $"on this GPU result {i + 1} of the {expected[i].dtype} kernels differs from that of libtorch's operators.";
            }
        }

        return null;
    }

    private sealed class Scene
    {
        internal const int Heads = 4;
        private const int HeadWidth = 24;
        private const int Reach = 3;

        private const int Longest = 9;

        private readonly Tensor[] _matrices;
        private readonly Tensor[] _weights;
        private readonly Tensor _buckets;

        internal Scene(Generator generator, Device device)
        {
            Device = device;

            // Numbers that bfloat16 holds exactly, so that both number formats have the same operands.
            Tensor Random(params long[] shape) =>
                randn(shape, generator: generator).to(ScalarType.BFloat16).to(ScalarType.Float32).to(device);
            _matrices = [.. Enumerable.Range(0, 5).Select(_ => Random(Rows, Width))];
            _weights = [.. Enumerable.Range(0, 2).Select(_ => Random(3, Heads, Longest, Longest))];
            Spans = new(
                tensor(Enumerable.Range(0, Rows).Select(i => i < 7 ? 0L : i < 16 ? 1 : 2).ToArray()).to(device),
                tensor([0L, 7, 16, 16]).to(device), Longest); // the last three rows are padding, of a sequence without rows
            Table = Random((2 * Reach) + 1, Heads);
            _buckets = tensor(Enumerable.Range(0, (2 * Reach) + 1).Select(i => (long)(i * i % 5)).ToArray()).to(device);
            Ids = tensor(Enumerable.Range(0, Rows).Select(i => (long)(i * i % Rows)).ToArray()).to(device);
            Source = new(
                tensor(Enumerable.Range(0, Rows).Select(i => (long)RowKeys.OfToken(0xFFFFFF, i)).ToArray()).to(device),
                tensor([unchecked((long)0xFEDCBA9876543210)]).to(device));
            SequenceSource = Source with { Keys = tensor([0L, 4, 0xFFFFFF]).to(device) };
        }

        internal Device Device { get; }

        internal MaskSource Source { get; }

        internal Tensor Ids { get; }

        /// <summary>Keys of the sequences.</summary>
        internal MaskSource SequenceSource { get; }

        internal SequenceRows Spans { get; }

        internal Tensor Table { get; }

        /// <returns>[Rows, Width], float32</returns>
        internal Tensor Matrix(int i) => _matrices[i];

        /// <returns>[B, H, L, L], float32</returns>
        internal Tensor Weights(int i) => _weights[i];

        /// <returns>[Rows, H · d_kv], whose rows lie apart</returns>
        internal Tensor HeadRows(int i, ScalarType type) => Apart(_matrices[i].to(type, copy: true));

        /// <returns>Zeros of the same shape, with rows as far apart.</returns>
        internal Tensor Empty(ScalarType type) => Apart(zeros([Rows, Width], type, Device));

        /// <summary>Attends within <see cref="Spans"/>, causally only without position bias.</summary>
        internal AttentionMap Map(bool isCausal) => new(Spans, Spans, isCausal ? null : _buckets, Heads, isCausal);

        private static Tensor Apart(Tensor matrix) => matrix.narrow(1, 0, Heads * HeadWidth);
    }
}
