using System.Reflection;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Backends.Gpu;

/// <summary>Compares with the memory that is in use by the C library, which other tests would change.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class KernelMemoryTests(ITestOutputHelper output)
{
    private static readonly T5Config Config = new()
    {
        VocabSize = 3000,
        DModel = 128,
        DKv = 32,
        DFf = 256,
        NumLayers = 4,
        NumDecoderLayers = 3,
        NumHeads = 4,
        DropoutRate = 0.1,
    };

    /// <summary>A step that frees neither saved tensors nor gradients before its end takes half as much again.</summary>
    [Theory]
    [InlineData("relu", true, Precision.BFloat16, 90, 40)]
    [InlineData("gated-gelu", false, Precision.BFloat16, 40, 90)]
    [InlineData("gated-gelu", false, Precision.Float32, 70, 50)]
    public void Estimate_IsWhatAStepTakes(string feedForward, bool isTied, Precision precision, int input, int target)
    {
        Assert.SkipUnless(MemoryProbe.IsSupported, "Only glibc tells how much memory is in use.");
        T5Config config = Config with { FeedForwardProj = feedForward, TieWordEmbeddings = isTied };
        using var model = new T5(config, precision);
        model.InitializeWeights(1);
        model.train();
        IFusedOperations operations = DispatchProxy.Create<IFusedOperations, MemoryProbe>();
        model.Dropout.Operations = operations;
        using var flat = new FlatParameters([.. model.parameters()]);
        var grid = new StaticGrid(1, 1, 1);
        using var pass = new StaticBackend(model, flat, ModelGraphs.Attach(model, null), grid);
        PackedBatch batch = Batch(16, input, target);
        var probe = (MemoryProbe)operations;
        long taken = Enumerable.Range(0, 4).Min(step => // the first creates buffers, and other threads may allocate meanwhile
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            probe.Start();
            pass.ForwardBackward(batch, (ulong)step, accumulate: false);
            return probe.Peak;
        });

        StaticShape shape = StaticShape.Of(batch, grid);
        var tokens = new StepTokens(shape.Rows, shape.Inputs, shape.Targets, shape.InputLength, shape.TargetLength);
        long estimate = StepMemory.OfTensors(config, precision, tokens, hasOwnKernels: true);
        output.WriteLine($"{estimate / 1e6:0.0} MB estimated, {taken / 1e6:0.0} MB taken");
        Assert.InRange((double)estimate / taken, 0.97, 1.05);
    }

    private static PackedBatch Batch(int rows, int input, int target)
    {
        var random = new SeededRandom(5);
        int[] Ids(int longest, int row) =>
        [
            .. Enumerable.Range(0, (row == 0 ? longest : (longest / 2) + random.Next(longest / 2)) - 1)
                .Select(_ => 3 + random.Next(Config.VocabSize - 3)),
            T5Tokenizer.EndId,
        ];
        return new(
            [.. Enumerable.Range(0, rows).Select(row => new PackedRow(new TokenPair(Ids(input, row), Ids(target, row)), 0, 1, (uint)row))],
            Config.DecoderStartTokenId);
    }
}

/// <summary>Computes by libtorch's operators, and reads before and after each operation how much memory is in use.</summary>
public partial class MemoryProbe : DispatchProxy
{
    private const string Library = "libc.so.6";
    private const string Function = "mallinfo2";

    private readonly TorchOperations _operations = new();
    private long _start;

    internal static bool IsSupported =>
        NativeLibrary.TryLoad(Library, out nint library) && NativeLibrary.TryGetExport(library, Function, out _);

    /// <summary>Bytes at most since <see cref="Start"/>, beyond what was in use then.</summary>
    internal long Peak { get; private set; }

    internal void Start() => (_start, Peak) = (InUse(), 0);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Read();
        object? result = targetMethod!.Invoke(_operations, args);
        Read();
        return result;
    }

    private void Read() => Peak = Math.Max(Peak, InUse() - _start);

    private static long InUse()
    {
        MallInfo info = ReadMallInfo();
        return (long)(info.UsedBytes + info.MappedBytes);
    }

    /// <summary>https://man7.org/linux/man-pages/man3/mallinfo.3.html</summary>
    private readonly record struct MallInfo(
        nuint Arena, nuint FreeChunks, nuint FastFreeBlocks, nuint MappedRegions, nuint MappedBytes, nuint UsedAtMost, nuint FastFreeBytes,
        nuint UsedBytes, nuint FreeBytes, nuint Releasable);

    [LibraryImport(Library, EntryPoint = Function)]
    private static partial MallInfo ReadMallInfo();
}
