using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Multiplies small bfloat16 blocks on the calling thread. oneDNN inside libtorch uses the processor's bfloat16 instruction, which .NET
/// does not expose. Where it is missing, or a trial shows it wrong or slow, callers compute in float32.
/// </summary>
internal static unsafe class BFloat16Blocks
{
    // void at::native::cpublas::brgemm(int64 M, N, K, lda, ldb, ldc, bool accumulate, const BFloat16* A, const BFloat16* B, float* C,
    // bool inPairs)
    private const string Name = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";

    // void at::native::cpublas::brgemm_release(bool inPairs)
    private const string ReleaseName = "_ZN2at6native7cpublas14brgemm_releaseEb";

    private static readonly (nint Multiply, nint Release) Functions = Find();

    /// <summary>True if the processor has such an instruction, and libtorch the function.</summary>
    internal static bool AreThere => Functions.Multiply != 0;

    /// <summary>True for x86 processors with AVX-512 and its bfloat16 product.</summary>
    internal static bool IsInstructionThere =>
        Avx512BW.IsSupported && Avx512DQ.IsSupported && (X86Base.CpuId(Leaf, 1).Eax & BFloat16) != 0;

    /// <summary>Computes y = x B.</summary>
    /// <param name="rows">M.</param>
    /// <param name="outputs">N.</param>
    /// <param name="inputs">K, even.</param>
    /// <param name="x">[M, K], bfloat16.</param>
    /// <param name="pairs">B as [K / 2, N, 2], bfloat16: pairs of adjacent inputs of the same output.</param>
    /// <param name="y">Receives [M, N], float32.</param>
    /// <param name="stride">Distance between consecutive rows of y.</param>
    internal static void Multiply(int rows, int outputs, int inputs, void* x, void* pairs, float* y, int stride) =>
        ((delegate* unmanaged<long, long, long, long, long, long, byte, void*, void*, float*, byte, void>)Functions.Multiply)(
            rows, outputs, inputs, inputs, outputs, stride, 0, x, pairs, y, 1);

    /// <summary>Ends a series of blocks on the calling thread: where AMX computes them, its tiles would stay configured.</summary>
    internal static void Release()
    {
        if (Functions.Release != 0)
        {
            ((delegate* unmanaged<byte, void>)Functions.Release)(1);
        }
    }

    private static (nint Multiply, nint Release) Find()
    {
        LibTorch.Load();
        if (!OperatingSystem.IsLinux() || !IsInstructionThere || IsHeldBack()
            || !NativeLibrary.TryLoad("libtorch_cpu.so", out nint library) || !NativeLibrary.TryGetExport(library, Name, out nint multiply))
        {
            return default;
        }

        if (!HasTiles())
        {
            return (multiply, 0);
        }

        return NativeLibrary.TryGetExport(library, ReleaseName, out nint release) ? (multiply, release) : default;
    }

    private const int Leaf = 7; // of CPUID: extended features
    private const int BFloat16 = 1 << 5; // of EAX, subleaf 1

    /// <summary>Returns true for AMX with bfloat16.</summary>
    private static bool HasTiles()
    {
        const int AmxBFloat16 = 1 << 22; // of EDX, subleaf 0
        return (X86Base.CpuId(Leaf, 0).Edx & AmxBFloat16) != 0;
    }

    /// <summary>
    /// Returns true if oneDNN is configured to use less than the processor supports, in which case the call would end the process.
    /// </summary>
    private static bool IsHeldBack() =>
        Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") is not null
            || Environment.GetEnvironmentVariable("DNNL_MAX_CPU_ISA") is not null;
}
