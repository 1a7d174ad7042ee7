using DistillStudio.Engine.Kernels;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Keys and values of a block for the positions so far, in the layout of <see cref="KeyRange"/>.</summary>
/// <param name="arena">Arena that provides the memory, valid until it is released.</param>
/// <param name="rows">Number of rows.</param>
/// <param name="width">H · d_kv</param>
internal sealed unsafe class DecodingCache<TFormat>(Arena arena, int rows, int width)
    where TFormat : struct, INumberFormat
{
    private const int KeyStep = SingleQueryKernel<TFormat>.KeyStep;
    private const int MinCapacity = 2 * KeyStep;

    private byte* _keys;                // [rows, capacity / 32, H · d_kv, 32]
    private byte* _values;              // [rows, capacity, H · d_kv]
    private int _capacity;

    /// <summary>Capacity in positions.</summary>
    internal int Capacity => _capacity;

    /// <summary>Ensures capacity for <paramref name="positions"/> positions.</summary>
    internal void Reserve(int positions)
    {
        if (positions <= _capacity)
        {
            return;
        }

        int capacity = Math.Max(MinCapacity, 2 * _capacity);
        _keys = Moved(_keys, capacity);
        _values = Moved(_values, capacity);
        _capacity = capacity;
    }

    /// <summary>Returns a row's positions so far.</summary>
    internal KeyRange Positions(int row, int count)
    {
        nint start = (nint)row * _capacity * width * TFormat.Size;
        return new((nint)_keys + start, (nint)_values + start, count);
    }

    /// <summary>Rounds a number of keys up to what the kernel reads at a time.</summary>
    internal static int RoundUp(int count) => (count + KeyStep - 1) / KeyStep * KeyStep;

    private byte* Moved(byte* from, int capacity)
    {
        byte* to = arena.Take<byte>((long)rows * capacity * width * TFormat.Size);
        for (int row = 0; row < rows && _capacity > 0; row++)
        {
            int bytes = _capacity * width * TFormat.Size;
            new ReadOnlySpan<byte>(from + ((long)row * bytes), bytes).CopyTo(
                new Span<byte>(to + ((long)row * capacity * width * TFormat.Size), bytes));
        }

        return to;
    }
}
