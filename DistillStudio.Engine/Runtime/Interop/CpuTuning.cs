using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Two settings of this process that make training on a CPU about twice as fast and change no result beyond rounding. Each is checked
/// where it is made and left alone where the machine or the library does not offer it.
/// </summary>
public static partial class CpuTuning
{
    private const int MallocTrimThreshold = -1;
    private const int MallocMmapMax = -4;

    // at::Float32Backend, at::Float32Op and at::Float32Precision of libtorch 2.10.
    private const int MklDnn = 2;
    private const int MatMul = 3;
    private const int NoPrecision = 0;
    private const int BFloat16 = 3;

    private const string GlobalContext = "_ZN2at13globalContextEv";
    private const string SetPrecision =
        "_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE";

    private static readonly Lazy<bool> Applied = new(ApplyOnce);

    /// <summary>Once a process, before the first step on a CPU. True if float32 products now go the faster way.</summary>
    public static bool Apply() => Applied.Value;

    private static bool ApplyOnce()
    {
        KeepMemory();
        return UseOneDnn();
    }

    /// <summary>
    /// Tensors of a step are freed and asked for again at the next: glibc would hand the large ones back to the system each time and
    /// have them cleared page by page.
    /// </summary>
    private static void KeepMemory()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint libc) && NativeLibrary.TryGetExport(libc, "mallopt", out _))
        {
            _ = SetMallocOption(MallocMmapMax, 0);
            _ = SetMallocOption(MallocTrimThreshold, int.MaxValue);
        }
    }

    /// <summary>
    /// MKL inside libtorch takes a slow path on AMD; oneDNN beside it does not. libtorch hands it float32 products only when told that
    /// they may be rounded to bfloat16, which oneDNN does where the processor multiplies matrices in it (AMX) and nowhere else. Hence
    /// the check: where a product loses float32's precision the setting is taken back.
    /// </summary>
    private static unsafe bool UseOneDnn()
    {
        if (FindLibrary() is not { } library
            || !NativeLibrary.TryGetExport(library, GlobalContext, out nint context)
            || !NativeLibrary.TryGetExport(library, SetPrecision, out nint set))
        {
            return false;
        }

        nint global = ((delegate* unmanaged<nint>)context)();
        var setPrecision = (delegate* unmanaged<nint, int, int, int, void>)set;
        setPrecision(global, MklDnn, MatMul, BFloat16);
        if (IsExact())
        {
            return true;
        }

        setPrecision(global, MklDnn, MatMul, NoPrecision);
        return false;
    }

    /// <summary>A product of 512-wide matrices is off by less than 1e-4 in float32 and by more than 1e-2 in bfloat16.</summary>
    private static bool IsExact()
    {
        const double Tolerance = 1e-3;
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(1);
        Tensor a = randn([512, 512], generator: generator);
        Tensor b = randn([512, 512], generator: generator);
        Tensor exact = nn.functional.linear(a.to(ScalarType.Float64), b.to(ScalarType.Float64));
        return (nn.functional.linear(a, b).to(ScalarType.Float64) - exact).abs().max().item<double>() < Tolerance;
    }

    private static nint? FindLibrary()
    {
        string name = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        return NativeLibrary.TryLoad(name, out nint library) ? library : null;
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);
}
