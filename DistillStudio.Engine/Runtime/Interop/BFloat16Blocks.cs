using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Multiplies small bfloat16 blocks on the calling thread. oneDNN inside libtorch uses the processor's bfloat16 instruction, which .NET
/// does not expose. Availability is detected once with a trial product; without it, callers compute in float32.
/// </summary>
internal static unsafe class BFloat16Blocks
{
    // void at::native::cpublas::brgemm(int64 M, N, K, lda, ldb, ldc, bool accumulate, const BFloat16* A, const BFloat16* B, float* C,
    // bool inPairs)
    private const string Name = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";

    private static readonly nint Function = Find();

    internal static bool AreThere => Function != 0;

    /// <summary>Computes y = x B.</summary>
    /// <param name="rows">M.</param>
    /// <param name="outputs">N.</param>
    /// <param name="inputs">K, even.</param>
    /// <param name="x">[M, K], bfloat16.</param>
    /// <param name="pairs">B as [K / 2, N, 2], bfloat16: pairs of adjacent inputs of the same output.</param>
    /// <param name="y">Receives [M, N], float32.</param>
    /// <param name="stride">Distance between consecutive rows of y.</param>
    internal static void Multiply(int rows, int outputs, int inputs, void* x, void* pairs, float* y, int stride) =>
        Call(Function, rows, outputs, inputs, x, pairs, y, stride);

    private static void Call(nint function, int rows, int outputs, int inputs, void* x, void* pairs, float* y, int stride) =>
        ((delegate* unmanaged<long, long, long, long, long, long, byte, void*, void*, float*, byte, void>)function)(
            rows, outputs, inputs, inputs, outputs, stride, 0, x, pairs, y, 1);

    private static nint Find()
    {
        LibTorch.Load();
        return OperatingSystem.IsLinux() && HasInstruction() && !IsHeldBack()
            && NativeLibrary.TryLoad("libtorch_cpu.so", out nint library) && NativeLibrary.TryGetExport(library, Name, out nint function)
            && IsExact(function)
            ? function
            : 0;
    }

    /// <summary>Returns true for AVX-512 with bfloat16 and without AMX, whose tiles would stay configured for the thread.</summary>
    private static bool HasInstruction()
    {
        const int Leaf = 7;
        const int AmxBFloat16 = 1 << 22; // of EDX, subleaf 0
        const int BFloat16 = 1 << 5;     // of EAX, subleaf 1
        return Avx512BW.IsSupported && Avx512DQ.IsSupported && (X86Base.CpuId(Leaf, 0).Edx & AmxBFloat16) == 0
            && (X86Base.CpuId(Leaf, 1).Eax & BFloat16) != 0;
    }

    /// <summary>
    /// Returns true if oneDNN is configured to use less than the processor supports, in which case the call would end the process.
    /// </summary>
    private static bool IsHeldBack() =>
        Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") is not null
            || Environment.GetEnvironmentVariable("DNNL_MAX_CPU_ISA") is not null;

    /// <summary>Checks the function on integers small enough that nothing is rounded.</summary>
    private static bool IsExact(nint function)
    {
        const int Rows = 8;
        const int Outputs = 16;
        const int Inputs = 4;
        ushort* x = stackalloc ushort[Rows * Inputs];
        ushort* pairs = stackalloc ushort[Inputs * Outputs];
        float* y = stackalloc float[Rows * Outputs];
        for (int i = 0; i < Rows * Inputs; i++)
        {
            x[i] = Bits(i % 7);
        }

        for (int i = 0; i < Inputs * Outputs; i++)
        {
            pairs[i] = Bits(i % 5);
        }

        Call(function, Rows, Outputs, Inputs, x, pairs, y, Outputs);
        for (int i = 0; i < Rows * Outputs; i++)
        {
            int expected = 0;
            for (int input = 0; input < Inputs; input++)
            {
                int weight = (((((input / 2) * Outputs) + (i % Outputs)) * 2) + (input % 2)) % 5;
                expected += (((i / Outputs * Inputs) + input) % 7) * weight;
            }

            if (y[i] != expected)
            {
                return false;
            }
        }

        return true;
    }

    private static ushort Bits(float value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
}
