using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
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
        FusedOperation.AttentionDropout => [
            by.DropWeights(scene.Weights.to(ScalarType.Float32), scene.Sequences, scene.Source.Seed, First, type),
            by.DropWeights(scene.Weights.to(type), scene.Sequences, scene.Source.Seed, First, ScalarType.Float32)],
        FusedOperation.HeadRows => HeadRows(by, scene, type),
        FusedOperation.Attention => [.. Attention(by, scene, type, isCausal: false), .. Attention(by, scene, type, isCausal: true)],
        _ => Adam(by, scene),
    };

    private static Tensor[] HeadRows(IFusedOperations by, Scene scene, ScalarType type)
    {
        const int Longest = 9;
        Tensor padded = by.GatherHeads(scene.HeadRows(0).to(type), scene.Spans.Starts, Longest, Scene.Heads);
        return [padded, by.ScatterHeads(padded, scene.Spans.Starts, Rows)];
    }

    /// <summary>Attends with a position bias, or causally without one.</summary>
    private static Tensor[] Attention(IFusedOperations by, Scene scene, ScalarType type, bool isCausal)
    {
        using Scalar quarter = 0.25; // exact, and scores of usual size
        Tensor[] rows = [.. Enumerable.Range(0, 4).Select(i => scene.HeadRows(i).to(type))];
        var operands = new AttentionOperands(rows[0] * quarter, rows[1], rows[2], isCausal ? null : scene.Table);
        var map = new AttentionMap(scene.Spans, scene.Spans, isCausal ? null : scene.Buckets, Scene.Heads, isCausal);
        var source = new MaskSource(scene.Sequences, scene.Source.Seed);
        (Tensor output, Tensor statistics) = by.Attend(operands, map, source, First);
        (Tensor q, Tensor k, Tensor v, Tensor? table) = by.AttendBackward(operands, map, source, First, rows[3], statistics);
        return table is null ? [output, q, k, v] : [output, q, k, v, table];
    }

    private static Tensor[] Norm(IFusedOperations by, Scene scene, ScalarType addedType, ScalarType type)
    {
        (Tensor sum, Tensor inverse, Tensor normed) = by.Norm(
            scene.Matrix(0), scene.Matrix(1).to(addedType), scene.Matrix(2)[0], scene.Source, First, Second, 1e-6f, type);
        (Tensor x, Tensor? added, Tensor weight) = by.NormBackward(
            sum, scene.Matrix(2)[0], inverse, scene.Matrix(3).to(type), scene.Matrix(4), scene.Source, First, Second, addedType);
        (Tensor _, Tensor _, Tensor alone) = by.Norm(
            scene.Matrix(0), null, scene.Matrix(2)[0], scene.Source, GpuMask.None, GpuMask.None, 1e-6f, type);
        return [sum, inverse, normed, x, added!, weight, alone];
    }

    private static Tensor[] Activation(IFusedOperations by, Scene scene, ScalarType type, GpuActivation activation)
    {
        (Tensor inner, Tensor gate, Tensor gradient) = (scene.Matrix(0).to(type), scene.Matrix(1).to(type), scene.Matrix(2).to(type));
        (Tensor own, Tensor? gated) = by.ActivateBackward(inner, gate, gradient, scene.Source, First, activation);
        return
        [
            by.Activate(inner, gate, scene.Source, First, activation), own, gated!,
            by.Activate(inner, null, scene.Source, First, activation),
            by.ActivateBackward(inner, null, gradient, scene.Source, First, activation).Inner,
        ];
    }

    private static Tensor[] CrossEntropy(IFusedOperations by, Scene scene, ScalarType type)
    {
        Tensor logits = scene.Matrix(0).to(type);
        Tensor targets = scene.Ids.sub(1); // one is -1
        (Tensor losses, Tensor highest, Tensor inverse) = by.CrossEntropy(logits, targets);
        Tensor weights = scene.Matrix(1).narrow(1, 0, 1).contiguous().view(-1);
        return [losses, highest, inverse, by.CrossEntropyBackward(logits, targets, weights, highest, inverse)];
    }

    private static Tensor[] Adam(IFusedOperations by, Scene scene)
    {
        Tensor[] state = [.. Enumerable.Range(0, 3).Select(i => scene.Matrix(i).abs().view(-1))];
        Tensor copy = state[0].to(ScalarType.BFloat16);
        Tensor Number(float value) => full([1], value, device: scene.Device);
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

        private readonly Tensor[] _matrices;

        internal Scene(Generator generator, Device device)
        {
            Device = device;

            // Numbers that bfloat16 holds exactly, so that both number formats have the same operands.
            Tensor Random(params long[] shape) =>
                randn(shape, generator: generator).to(ScalarType.BFloat16).to(ScalarType.Float32).to(device);
            _matrices = [.. Enumerable.Range(0, 5).Select(_ => Random(Rows, Width))];
            Weights = Random(3, 2, 5, Rows);
            Sequences = tensor([0L, 4, 0xFFFFFF]).to(device);
            Spans = new(
                tensor(Enumerable.Range(0, Rows).Select(i => i < 7 ? 0L : i < 16 ? 1 : 2).ToArray()).to(device),
                tensor([0L, 7, 16, 16]).to(device), Length: 9); // the last three rows are padding, of a sequence without rows
            Table = Random((2 * Reach) + 1, Heads);
            Buckets = tensor(Enumerable.Range(0, (2 * Reach) + 1).Select(i => (long)(i * i % 5)).ToArray()).to(device);
            Ids = tensor(Enumerable.Range(0, Rows).Select(i => (long)(i * i % Rows)).ToArray()).to(device);
            Source = new(
                tensor(Enumerable.Range(0, Rows).Select(i => (long)RowKeys.OfToken(0xFFFFFF, i)).ToArray()).to(device),
                tensor([unchecked((long)0xFEDCBA9876543210)]).to(device));
        }

        internal Device Device { get; }

        internal MaskSource Source { get; }

        internal Tensor Ids { get; }

        internal Tensor Weights { get; }

        internal Tensor Sequences { get; }

        internal SequenceRows Spans { get; }

        internal Tensor Table { get; }

        internal Tensor Buckets { get; }

        /// <returns>[Rows, Width], float32</returns>
        internal Tensor Matrix(int i) => _matrices[i];

        /// <returns>[Rows, H · d_kv], float32</returns>
        internal Tensor HeadRows(int i) => _matrices[i].narrow(1, 0, Heads * HeadWidth).contiguous();
    }
}
