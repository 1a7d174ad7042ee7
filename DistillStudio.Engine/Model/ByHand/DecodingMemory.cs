using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>A block's keys and values while it writes, laid out as <see cref="KeyRange"/> says: of the positions so far, and of the encoder's output.</summary>
internal sealed unsafe class DecodingMemory
{
    private const int SmallestRoom = 64;

    private readonly Arena _arena;
    private readonly int _width;        // H · d_kv
    private readonly KeyRange[] _inputs;
    private float* _keys;               // [inputs, H · d_kv, room]
    private float* _values;             // [inputs, room, H · d_kv]
    private int _room;

    private DecodingMemory(Arena arena, int width, KeyRange[] inputs) => (_arena, _width, _inputs) = (arena, width, inputs);

    /// <param name="arena">Gives the memory, until it is released.</param>
    /// <param name="inputStarts">[inputs + 1]: where each input begins among the encoder's rows.</param>
    /// <param name="keys">[encoder's rows, H · d_kv]</param>
    /// <param name="values">[encoder's rows, H · d_kv]</param>
    internal static DecodingMemory Create<TFormat>(Arena arena, int[] inputStarts, Matrix keys, Matrix values)
        where TFormat : struct, INumberFormat
    {
        int width = keys.Columns;
        var inputs = new KeyRange[inputStarts.Length - 1];
        for (int row = 0; row < inputs.Length; row++)
        {
            int count = inputStarts[row + 1] - inputStarts[row];
            int room = RoundUp(count);
            inputs[row] = new((nint)arena.Take<float>((long)width * room), (nint)arena.Take<float>((long)width * count), count, room);
        }

        Team.Run(inputs.Length, (row, _) =>
        {
            long start = (long)inputStarts[row] * width;
            var ownKeys = (float*)inputs[row].Keys;
            var ownValues = (float*)inputs[row].Values;
            for (int i = 0; i < inputs[row].Count * width; i++)
            {
                ownKeys[((long)(i % width) * inputs[row].Room) + (i / width)] = TFormat.LoadOne(keys.Data, start + i);
                ownValues[i] = TFormat.LoadOne(values.Data, start + i);
            }
        });
        return new(arena, width, inputs);
    }

    /// <summary>Numbers that a row of scores takes at most.</summary>
    internal int LargestInput => _inputs.Max(input => input.Room);

    internal int Room => _room;

    /// <summary>Makes room for so many positions.</summary>
    internal void Reserve(int positions)
    {
        if (positions <= _room)
        {
            return;
        }

        int room = Math.Max(SmallestRoom, 2 * _room);
        float* keys = _arena.Take<float>((long)_inputs.Length * room * _width);
        float* values = _arena.Take<float>((long)_inputs.Length * room * _width);
        for (int i = 0; i < _inputs.Length * _width && _room > 0; i++)
        {
            new ReadOnlySpan<float>(_keys + ((long)i * _room), _room).CopyTo(new Span<float>(keys + ((long)i * room), room));
        }

        for (int i = 0; i < _inputs.Length && _room > 0; i++)
        {
            new ReadOnlySpan<float>(_values + ((long)i * _room * _width), _room * _width).CopyTo(new Span<float>(values + ((long)i * room * _width), room * _width));
        }

        _room = room;
        _keys = keys;
        _values = values;
    }

    /// <summary>Keeps the newest position of a row.</summary>
    internal void Write(int row, int position, ReadOnlySpan<float> keys, ReadOnlySpan<float> values)
    {
        float* column = _keys + ((long)row * _width * _room) + position;
        for (int i = 0; i < keys.Length; i++)
        {
            column[(long)i * _room] = keys[i];
        }

        values.CopyTo(new Span<float>(_values + ((((long)row * _room) + position) * _width), _width));
    }

    /// <summary>A row's positions so far.</summary>
    internal KeyRange Positions(int row, int count)
    {
        long start = (long)row * _room * _width;
        return new((nint)(_keys + start), (nint)(_values + start), count, _room);
    }

    /// <summary>What the encoder gave for a row.</summary>
    internal KeyRange Input(int row) => _inputs[row];

    private static int RoundUp(int count) => (count + SingleQueryKernel.KeyStep - 1) / SingleQueryKernel.KeyStep * SingleQueryKernel.KeyStep;
}
