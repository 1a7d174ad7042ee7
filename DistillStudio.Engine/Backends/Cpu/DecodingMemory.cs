using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Key-value cache of a block during decoding, in the layout of <see cref="KeyRange"/>: for the positions so far, and for the encoder's
/// output.
/// </summary>
internal sealed unsafe class DecodingMemory<TFormat>
    where TFormat : struct, INumberFormat
{
    private const int KeyStep = SingleQueryKernel<TFormat>.KeyStep;
    private const int MinCapacity = 2 * KeyStep;

    private readonly Arena _arena;
    private readonly int _width;        // H · d_kv
    private readonly KeyRange[] _inputs;
    private byte* _keys;                // [inputs, room / 32, H · d_kv, 32]
    private byte* _values;              // [inputs, room, H · d_kv]
    private int _capacity;

    /// <param name="arena">Arena that provides the memory, valid until it is released.</param>
    /// <param name="inputStarts">[inputs + 1]: start of each input among the encoder's rows.</param>
    /// <param name="keys">[encoder's rows, H · d_kv]</param>
    /// <param name="values">[encoder's rows, H · d_kv]</param>
    internal DecodingMemory(Arena arena, int[] inputStarts, Matrix keys, Matrix values)
    {
        _arena = arena;
        _width = keys.Columns;
        _inputs = new KeyRange[inputStarts.Length - 1];
        for (int row = 0; row < _inputs.Length; row++)
        {
            int count = inputStarts[row + 1] - inputStarts[row];
            LargestInput = Math.Max(LargestInput, RoundUp(count));
            _inputs[row] = new((nint)Take(RoundUp(count)), (nint)Take(count), count);
        }

        ParallelTeam.Run(_inputs.Length, (row, _) =>
        {
            for (int key = 0; key < _inputs[row].Count; key++)
            {
                nint start = (nint)(inputStarts[row] + key) * _width * TFormat.Size;
                SingleQueryKernel<TFormat>.Write<TFormat>(
                    key, _width, (void*)(keys.Address + start), (void*)(values.Address + start), _inputs[row]);
            }
        });
    }

    /// <summary>Number of keys of the longest input, rounded up.</summary>
    internal int LargestInput { get; }

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
        nint start = (nint)row * _capacity * _width * TFormat.Size;
        return new((nint)_keys + start, (nint)_values + start, count);
    }

    /// <summary>Returns the encoder's keys and values for a row.</summary>
    internal KeyRange Input(int row) => _inputs[row];

    private byte* Moved(byte* from, int capacity)
    {
        byte* to = Take(_inputs.Length * capacity);
        for (int row = 0; row < _inputs.Length && _capacity > 0; row++)
        {
            int bytes = _capacity * _width * TFormat.Size;
            new ReadOnlySpan<byte>(from + ((long)row * bytes), bytes).CopyTo(
                new Span<byte>(to + ((long)row * capacity * _width * TFormat.Size), bytes));
        }

        return to;
    }

    private byte* Take(int keys) => _arena.Take<byte>((long)keys * _width * TFormat.Size);

    private static int RoundUp(int count) => (count + KeyStep - 1) / KeyStep * KeyStep;
}
