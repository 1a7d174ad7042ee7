using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistillStudio.Engine.Kernels;

/// <summary>Multiplies matrices so small that the overhead of a library call exceeds the work. Callers round up the sizes.</summary>
internal static unsafe class SmallGemm
{
    /// <summary>The number of rows of the result is a multiple of this.</summary>
    internal const int RowStep = 8;

    /// <summary>Computes c = a · b.</summary>
    /// <param name="a">Element (i, p) is at i · <paramref name="aRow"/> + p · <paramref name="aColumn"/>, so that a transposed matrix
    /// needs no copy.</param>
    /// <param name="b">[k, n], rows <paramref name="bRow"/> apart.</param>
    /// <param name="c">[m, n], rows <paramref name="cRow"/> apart.</param>
    /// <param name="m">A multiple of <see cref="RowStep"/>.</param>
    /// <param name="n">A multiple of <see cref="Lanes.Count"/>.</param>
    /// <param name="k">Any.</param>
    internal static void Multiply(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int m, int n, int k)
    {
        for (int i = 0; i < m; i += RowStep)
        {
            int j = 0;
            for (; j + (2 * Lanes.Count) <= n; j += 2 * Lanes.Count)
            {
                TwoVectors(a + (i * aRow), aRow, aColumn, b + j, bRow, c + (i * cRow) + j, cRow, k);
            }

            if (j < n)
            {
                OneVector(a + (i * aRow), aRow, aColumn, b + j, bRow, c + (i * cRow) + j, cRow, k);
            }
        }
    }

    /// <summary>Keeps 8 × 32 sums in registers.</summary>
    [MethodImpl(Lanes.Kernel)]
    private static void TwoVectors(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int k)
    {
        Vector512<float> c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default, c60 = default,
        c70 = default;
        Vector512<float> c01 = default, c11 = default, c21 = default, c31 = default, c41 = default, c51 = default, c61 = default,
        c71 = default;
        for (int p = 0; p < k; p++)
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> b1 = Vector512.Load(b + Lanes.Count);
            Step(Vector512.Create(a[0]), b0, b1, ref c00, ref c01);
            Step(Vector512.Create(a[aRow]), b0, b1, ref c10, ref c11);
            Step(Vector512.Create(a[2 * aRow]), b0, b1, ref c20, ref c21);
            Step(Vector512.Create(a[3 * aRow]), b0, b1, ref c30, ref c31);
            Step(Vector512.Create(a[4 * aRow]), b0, b1, ref c40, ref c41);
            Step(Vector512.Create(a[5 * aRow]), b0, b1, ref c50, ref c51);
            Step(Vector512.Create(a[6 * aRow]), b0, b1, ref c60, ref c61);
            Step(Vector512.Create(a[7 * aRow]), b0, b1, ref c70, ref c71);
            a += aColumn;
            b += bRow;
        }

        Store(c, c00, c01);
        Store(c + cRow, c10, c11);
        Store(c + (2 * cRow), c20, c21);
        Store(c + (3 * cRow), c30, c31);
        Store(c + (4 * cRow), c40, c41);
        Store(c + (5 * cRow), c50, c51);
        Store(c + (6 * cRow), c60, c61);
        Store(c + (7 * cRow), c70, c71);
    }

    /// <summary>Keeps 8 × 16 sums in registers.</summary>
    [MethodImpl(Lanes.Kernel)]
    private static void OneVector(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int k)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int p = 0; p < k; p++)
        {
            Vector512<float> row = Vector512.Load(b);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), row, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[aRow]), row, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2 * aRow]), row, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3 * aRow]), row, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Create(a[4 * aRow]), row, c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a[5 * aRow]), row, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Create(a[6 * aRow]), row, c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.Create(a[7 * aRow]), row, c7);
            a += aColumn;
            b += bRow;
        }

        c0.Store(c);
        c1.Store(c + cRow);
        c2.Store(c + (2 * cRow));
        c3.Store(c + (3 * cRow));
        c4.Store(c + (4 * cRow));
        c5.Store(c + (5 * cRow));
        c6.Store(c + (6 * cRow));
        c7.Store(c + (7 * cRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Step(
        Vector512<float> a, Vector512<float> b0, Vector512<float> b1, ref Vector512<float> c0, ref Vector512<float> c1)
    {
        c0 = Vector512.FusedMultiplyAdd(a, b0, c0);
        c1 = Vector512.FusedMultiplyAdd(a, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> c0, Vector512<float> c1)
    {
        c0.Store(c);
        c1.Store(c + Lanes.Count);
    }
}
