using DistillStudio.Engine.Kernels;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>A block's keys and values while it writes: of the positions so far, and of the encoder's output.</summary>
/// <param name="arena">Gives the memory, until it is released.</param>
/// <param name="config">Sizes.</param>
/// <param name="inputStarts">[inputs + 1]: where each input begins among the encoder's rows.</param>
/// <param name="inputKeys">[encoder's rows, H · d_kv]</param>
/// <param name="inputValues">[encoder's rows, H · d_kv]</param>
/// <param name="inputSize">Bytes of each of their numbers.</param>
internal sealed unsafe class DecodingMemory(Arena arena, T5Config config, int[] inputStarts, nint inputKeys, nint inputValues, int inputSize)
{
    private const int SmallestCapacity = 64;

    private readonly int _inputs = inputStarts.Length - 1;
    private float* _keys;   // [inputs, capacity, H · d_kv]
    private float* _values; // [inputs, capacity, H · d_kv]
    private int _capacity;

    internal int LongestInput { get; } = inputStarts.Zip(inputStarts.Skip(1), (start, end) => end - start).Max();

    /// <summary>Makes room for so many positions.</summary>
    internal void Reserve(int positions)
    {
        if (positions <= _capacity)
        {
            return;
        }

        int capacity = Math.Max(SmallestCapacity, 2 * _capacity);
        _keys = Grow(_keys, capacity);
        _values = Grow(_values, capacity);
        _capacity = capacity;
    }

    /// <summary>Keeps the newest position of a row.</summary>
    internal void Write(int row, int position, ReadOnlySpan<float> keys, ReadOnlySpan<float> values)
    {
        long start = (((long)row * _capacity) + position) * config.InnerSize;
        keys.CopyTo(new Span<float>(_keys + start, config.InnerSize));
        values.CopyTo(new Span<float>(_values + start, config.InnerSize));
    }

    /// <summary>A row's positions so far.</summary>
    internal KeyRange Positions(int row, int count)
    {
        long start = (long)row * _capacity * config.InnerSize;
        return new((nint)(_keys + start), (nint)(_values + start), count);
    }

    /// <summary>What the encoder gave for a row.</summary>
    internal KeyRange Input(int row)
    {
        nint start = (nint)((long)inputStarts[row] * config.InnerSize * inputSize);
        return new(inputKeys + start, inputValues + start, inputStarts[row + 1] - inputStarts[row]);
    }

    private float* Grow(float* old, int capacity)
    {
        long row = (long)config.InnerSize * _capacity;
        float* grown = arena.Take<float>((long)_inputs * capacity * config.InnerSize);
        for (int input = 0; input < _inputs && old is not null; input++)
        {
            Buffer.MemoryCopy(old + (input * row), grown + ((long)input * capacity * config.InnerSize), row * sizeof(float), row * sizeof(float));
        }

        return grown;
    }
}
