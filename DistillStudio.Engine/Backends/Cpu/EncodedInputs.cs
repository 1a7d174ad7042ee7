using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Keys and values of the encoder's output for one block, in the layout of <see cref="KeyRange"/>; read by several threads.
/// </summary>
/// <param name="arena">Arena that provides the memory, valid until it is released.</param>
/// <param name="inputs">Number of inputs.</param>
/// <param name="width">H · d_kv</param>
internal sealed unsafe class EncodedInputs<TFormat>(Arena arena, int inputs, int width)
    where TFormat : struct, INumberFormat
{
    private readonly KeyRange[] _ranges = new KeyRange[inputs];

    /// <summary>Number of keys of the longest input, rounded up.</summary>
    internal int Largest { get; private set; }

    /// <summary>Returns the keys and values of an input.</summary>
    internal KeyRange this[int input] => _ranges[input];

    /// <summary>Adds consecutive inputs.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="starts">[inputs + 1]: start of each among the rows.</param>
    /// <param name="keys">[rows, H · d_kv]</param>
    /// <param name="values">[rows, H · d_kv]</param>
    internal void Add(int first, int[] starts, Matrix keys, Matrix values)
    {
        for (int i = 0; i < starts.Length - 1; i++)
        {
            int count = starts[i + 1] - starts[i];
            int padded = DecodingCache<TFormat>.RoundUp(count);
            Largest = Math.Max(Largest, padded);
            _ranges[first + i] = new((nint)Take(padded), (nint)Take(count), count);
        }

        ParallelTeam.Run(starts.Length - 1, (i, _) =>
        {
            KeyRange range = _ranges[first + i];
            for (int key = 0; key < range.Count; key++)
            {
                nint start = (nint)(starts[i] + key) * width * TFormat.Size;
                SingleQueryKernel<TFormat>.Write<TFormat>(
                    key, width, (void*)(keys.Address + start), (void*)(values.Address + start), range);
            }
        });
    }

    private byte* Take(int keys) => arena.Take<byte>((long)keys * width * TFormat.Size);
}
