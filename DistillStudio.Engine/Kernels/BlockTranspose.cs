using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Kernels;

/// <summary>Transposes blocks of 16 × 16 elements of 32 bits.</summary>
internal static unsafe class BlockTranspose
{
    /// <summary>Elements of a block.</summary>
    internal const int Size = Lanes.Count * Lanes.Count;

    /// <param name="block">[16, 16]; overwritten.</param>
    /// <param name="to">Receives the transposed block.</param>
    /// <param name="stride">Distance between rows of <paramref name="to"/>.</param>
    [MethodImpl(Lanes.Kernel)]
    internal static void Run(float* block, float* to, long stride)
    {
        if (!Avx512F.IsSupported)
        {
            for (int i = 0; i < Size; i++)
            {
                to[(i % Lanes.Count * stride) + (i / Lanes.Count)] = block[i];
            }

            return;
        }

        // Four rows at a time: for each quarter of them, vector j holds their columns j, 4 + j, 8 + j and 12 + j.
        for (int row = 0; row < Lanes.Count; row += 4)
        {
            float* quad = block + (row * Lanes.Count);
            Vector512<float> a = Vector512.Load(quad), b = Vector512.Load(quad + Lanes.Count);
            Vector512<float> c = Vector512.Load(quad + (2 * Lanes.Count)), d = Vector512.Load(quad + (3 * Lanes.Count));
            Vector512<double> lowAb = Avx512F.UnpackLow(a, b).AsDouble(), highAb = Avx512F.UnpackHigh(a, b).AsDouble();
            Vector512<double> lowCd = Avx512F.UnpackLow(c, d).AsDouble(), highCd = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(lowAb, lowCd).AsSingle().Store(quad);
            Avx512F.UnpackHigh(lowAb, lowCd).AsSingle().Store(quad + Lanes.Count);
            Avx512F.UnpackLow(highAb, highCd).AsSingle().Store(quad + (2 * Lanes.Count));
            Avx512F.UnpackHigh(highAb, highCd).AsSingle().Store(quad + (3 * Lanes.Count));
        }

        for (int j = 0; j < 4; j++)
        {
            float* vector = block + (j * Lanes.Count);
            Vector512<float> a = Vector512.Load(vector), b = Vector512.Load(vector + (4 * Lanes.Count));
            Vector512<float> c = Vector512.Load(vector + (8 * Lanes.Count)), d = Vector512.Load(vector + (12 * Lanes.Count));
            Vector512<float> lowAb = Avx512F.Shuffle4x128(a, b, 0x44), highAb = Avx512F.Shuffle4x128(a, b, 0xEE);
            Vector512<float> lowCd = Avx512F.Shuffle4x128(c, d, 0x44), highCd = Avx512F.Shuffle4x128(c, d, 0xEE);
            Avx512F.Shuffle4x128(lowAb, lowCd, 0x88).Store(to + (j * stride));
            Avx512F.Shuffle4x128(lowAb, lowCd, 0xDD).Store(to + ((4 + j) * stride));
            Avx512F.Shuffle4x128(highAb, highCd, 0x88).Store(to + ((8 + j) * stride));
            Avx512F.Shuffle4x128(highAb, highCd, 0xDD).Store(to + ((12 + j) * stride));
        }
    }
}
