using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Tests.Emulation;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

/// <summary>A GPU's kernels, emulated, beside what libtorch's operators compute for the same numbers and masks.</summary>
internal sealed class GpuScene : IDisposable
{
    public const ulong Seed = 0x9123456789ABCDEF; // more than a signed number holds
    public const double Rate = 0.3;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(5);

    public EmulatedLauncher Launcher { get; } = new();

    public GpuOperations Operations => field ??= new(Launcher);

    /// <summary>Returns the keys of tokens of two sequences.</summary>
    public static MaskSource Source(int rows) => new(tensor(Keys(rows)), tensor([unchecked((long)Seed)]));

    /// <summary>Returns the CPU's factors, [rows, width].</summary>
    public static Tensor Factors(int rows, int width, uint site, double rate = Rate) => Factors(Keys(rows), width, site, rate);

    /// <inheritdoc cref="Factors(int, int, uint, double)"/>
    public static Tensor Factors(long[] keys, int width, uint site, double rate)
    {
        var mask = new DropoutMask(Seed, site, rate);
        float[] factors = new float[keys.Length * width];
        for (int i = 0; i < factors.Length; i++)
        {
            int column = i % width;
            factors[i] = mask.Row((ulong)keys[i / width]).Apply(Vector512<float>.One, column)[0];
        }

        return tensor(factors).view(keys.Length, width);
    }

    /// <summary>Returns normally distributed numbers that a number format holds exactly.</summary>
    public Tensor Random(ScalarType type, double deviation, params long[] shape)
    {
        using Scalar scale = deviation;
        return (randn(shape, generator: _generator) * scale).to(type);
    }

    public Tensor Random(params long[] shape) => Random(ScalarType.Float32, 1, shape);

    /// <summary>Fails where a number differs by more than rounding does in its type.</summary>
    public static void AssertClose(Tensor expected, Tensor actual, double tolerance = 2e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        double most = actual.dtype == ScalarType.BFloat16 ? 1.0 / 100 : tolerance; // a half unit of bfloat16 is 1 / 256
        bool isClose = allclose(expected.to(ScalarType.Float32), actual.to(ScalarType.Float32), most, most, equal_nan: true);
        Assert.True(isClose, isClose ? "" : $"{actual.to(ScalarType.Float32).str()} instead of {expected.to(ScalarType.Float32).str()}");
    }

    public static void AssertEqual(Tensor expected, Tensor actual) => Assert.True(expected.equal(actual).all().item<bool>());

    public void Dispose()
    {
        Launcher.Dispose();
        _generator.Dispose();
        _scope.Dispose();
    }

    private static long[] Keys(int rows) =>
        [.. Enumerable.Range(0, rows).Select(row => (long)RowKeys.OfToken(0xFFFFFF - (uint)(row % 2), row))];
}
