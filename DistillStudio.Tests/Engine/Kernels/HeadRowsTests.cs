using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class HeadRowsTests
{
    private const int Heads = 3;
    private const int Width = 6;
    private const int First = 2;
    private const int Count = 5;
    private const int Rows = 16;

    private static readonly HeadRows<Float32Format> Middle = new(Heads, Width, 1);
    private static readonly int Rounded = Lanes.RoundUp(Width);

    private readonly float[] _matrix = KernelNumbers.Random((First + Count + 1) * Heads * Width);

    [Fact]
    public void Load_OneHead_HasItsColumnsAndZerosAroundThem()
    {
        float[] to = [.. Enumerable.Repeat(float.NaN, Rows * Rounded)];
        fixed (float* from = _matrix, toData = to)
        {
            Middle.Load(from, First, Count, Rows, toData);
        }

        Assert.Equal(Enumerable.Range(0, to.Length).Select(i => Element(i / Rounded, i % Rounded)), to);
    }

    [Fact]
    public void LoadTransposed_OneHead_HasItsColumnsAsRows()
    {
        float[] to = [.. Enumerable.Repeat(float.NaN, Rows * Rounded)];
        fixed (float* from = _matrix, toData = to)
        {
            Middle.LoadTransposed(from, First, Count, Rows, toData);
        }

        Assert.Equal(Enumerable.Range(0, to.Length).Select(i => Element(i % Rows, i / Rows)), to);
    }

    [Fact]
    public void Store_OneHead_WritesOnlyItsColumns()
    {
        float[] numbers = KernelNumbers.Random(Count * Rounded, 9), before = [.. _matrix];
        fixed (float* from = numbers, to = _matrix)
        {
            Middle.Store(from, to, First, Count);
        }

        for (int i = 0; i < _matrix.Length; i++)
        {
            (int row, int column) = ((i / (Heads * Width)) - First, (i % (Heads * Width)) - Width);
            bool isIts = row is >= 0 and < Count && column is >= 0 and < Width;
            Assert.Equal(isIts ? numbers[(row * Rounded) + column] : before[i], _matrix[i]);
        }
    }

    private float Element(int row, int column) =>
        row < Count && column < Width ? _matrix[((First + row) * Heads * Width) + Width + column] : 0;
}
