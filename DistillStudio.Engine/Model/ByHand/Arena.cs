using static TorchSharp.torch;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>A matrix in an <see cref="Arena"/>: a tensor for libtorch's products and an address for our kernels.</summary>
internal sealed unsafe record Matrix(Tensor Tensor, nint Address, int Rows, int Columns)
{
    internal void* Data => (void*)Address;

    /// <summary>Of a matrix of float32.</summary>
    internal float* Floats => (float*)Address;
}

/// <summary>Memory for all that a step computes on its way: taken by moving a mark, given back by moving it back, kept from step to step.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private readonly Bank _floats = new(ScalarType.Float32, sizeof(float));
    private readonly Bank _halves = new(ScalarType.BFloat16, sizeof(ushort));

    /// <summary>How much is taken.</summary>
    internal readonly record struct Mark(BankMark Floats, BankMark Halves);

    /// <summary>How much of one number format is taken.</summary>
    internal readonly record struct BankMark(int Slab, long Used);

    internal Mark Taken => new(_floats.Taken, _halves.Taken);

    /// <summary>Everything taken since may be taken again.</summary>
    internal void Release(Mark mark) => (_floats.Taken, _halves.Taken) = (mark.Floats, mark.Halves);

    /// <summary>What it holds is left from before. Call within a dispose scope.</summary>
    /// <param name="type">float32 or bfloat16</param>
    internal Matrix Take(ScalarType type, int rows, int columns)
    {
        Bank bank = type == ScalarType.BFloat16 ? _halves : _floats;
        (Slab slab, long offset) = bank.Reserve((long)rows * columns);
        return new(slab.Numbers.as_strided([rows, columns], [columns, 1], offset), slab.Address + (nint)(offset * bank.Size), rows, columns);
    }

    /// <summary>Memory that only our kernels see.</summary>
    internal T* Take<T>(long count)
        where T : unmanaged
    {
        (Slab slab, long offset) = _floats.Reserve(((count * sizeof(T)) + sizeof(float) - 1) / sizeof(float));
        return (T*)(slab.Address + (nint)(offset * sizeof(float)));
    }

    /// <summary>A copy.</summary>
    internal T* Copy<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        T* copy = Take<T>(values.Length);
        values.CopyTo(new Span<T>(copy, values.Length));
        return copy;
    }

    public void Dispose()
    {
        _floats.Dispose();
        _halves.Dispose();
    }

    private sealed record Slab(Tensor Numbers, nint Address, long Count);

    /// <summary>Memory of one number format.</summary>
    private sealed class Bank(ScalarType type, int size) : IDisposable
    {
        private const long SlabBytes = 32L << 20;
        private const int Alignment = 64;

        private readonly List<Slab> _slabs = [];

        internal int Size => size;

        internal BankMark Taken { get; set; }

        internal (Slab Slab, long Offset) Reserve(long count)
        {
            int step = Alignment / size;
            count = (count + step - 1) / step * step;
            for (; ; Taken = new(Taken.Slab + 1, 0))
            {
                if (Taken.Slab == _slabs.Count)
                {
                    Tensor numbers = empty([Math.Max(count, SlabBytes / size)], type).DetachFromDisposeScope();
                    _slabs.Add(new(numbers, TensorMemory.AddressOf(numbers), numbers.numel()));
                }

                long offset = Taken.Used;
                if (offset + count <= _slabs[Taken.Slab].Count)
                {
                    Taken = Taken with { Used = offset + count };
                    return (_slabs[Taken.Slab], offset);
                }
            }
        }

        public void Dispose()
        {
            foreach (Slab slab in _slabs)
            {
                slab.Numbers.Dispose();
            }
        }
    }
}
