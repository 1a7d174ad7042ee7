using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>A matrix in an <see cref="Arena"/>: a tensor for libtorch's products and an address for our kernels.</summary>
/// <param name="Tensor">Handle, which the arena disposes.</param>
/// <param name="Offset">Offset of the first element in the memory of the tensor.</param>
internal readonly unsafe record struct Matrix(nint Tensor, long Offset, nint Address, int Rows, int Columns)
{
    /// <summary>True for the default value, which has no memory.</summary>
    internal bool IsNone => Address == 0;

    internal void* Data => (void*)Address;

    /// <summary>Address of a float32 matrix.</summary>
    internal float* Floats => (float*)Address;
}

/// <summary>
/// Stack allocator for the intermediate results of a step: allocating advances a mark, releasing resets it, and the memory is reused by
/// later steps.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    internal const long SlabBytes = 32L << 20;

    private readonly Bank _floats = new(ScalarType.Float32, sizeof(float));
    private readonly Bank _halves = new(ScalarType.BFloat16, sizeof(ushort));

    private nint[] _views = new nint[256];
    private int _viewCount;

    /// <summary>Current allocation state.</summary>
    internal readonly record struct Mark(BankMark Floats, BankMark Halves, int Views);

    /// <summary>Allocation state of one number format.</summary>
    /// <param name="Slab">Current slab; <c>Used</c> is the part in use.</param>
    /// <param name="Large">Number of allocations with separate memory.</param>
    internal readonly record struct BankMark(int Slab, long Used, int Large);

    /// <summary>Total memory, whether in use or not.</summary>
    internal long Bytes => _floats.Bytes + _halves.Bytes;

    internal Mark Taken => new(_floats.Taken, _halves.Taken, _viewCount);

    /// <summary>Releases everything allocated since <paramref name="mark"/>.</summary>
    internal void Release(Mark mark)
    {
        (_floats.Taken, _halves.Taken) = (mark.Floats, mark.Halves);
        while (_viewCount > mark.Views)
        {
            NativeTensor.Dispose(_views[--_viewCount]);
        }
    }

    /// <summary>Allocates a matrix; its contents are uninitialized.</summary>
    /// <param name="type">float32 or bfloat16</param>
    internal Matrix Take(ScalarType type, int rows, int columns)
    {
        Bank bank = type == ScalarType.BFloat16 ? _halves : _floats;
        (Slab slab, long offset) = bank.Reserve((long)rows * columns);
        return new(
            View(slab.Numbers.Handle, rows, columns, columns, 1, offset), offset, slab.Address + (nint)(offset * bank.Size), rows, columns);
    }

    /// <summary>Returns a range of rows of a matrix.</summary>
    /// <param name="size">Bytes per element.</param>
    internal Matrix Rows(Matrix matrix, int start, int count, int size)
    {
        long skipped = (long)start * matrix.Columns;
        nint view = View(matrix.Tensor, count, matrix.Columns, matrix.Columns, 1, matrix.Offset + skipped);
        return new(view, matrix.Offset + skipped, matrix.Address + (nint)(skipped * size), count, matrix.Columns);
    }

    /// <summary>Returns a transposed view of a matrix, for products only.</summary>
    internal nint Transposed(Matrix matrix) => View(matrix.Tensor, matrix.Columns, matrix.Rows, 1, matrix.Columns, matrix.Offset);

    /// <summary>Allocates memory for our kernels only.</summary>
    internal T* Take<T>(long count)
        where T : unmanaged
    {
        (Slab slab, long offset) = _floats.Reserve(((count * sizeof(T)) + sizeof(float) - 1) / sizeof(float));
        return (T*)(slab.Address + (nint)(offset * sizeof(float)));
    }

    /// <summary>Allocates a copy.</summary>
    internal T* Copy<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        T* copy = Take<T>(values.Length);
        values.CopyTo(new Span<T>(copy, values.Length));
        return copy;
    }

    /// <summary>Rounds a number of bytes of one number format up to whole slabs.</summary>
    internal static long InSlabs(long bytes) => (bytes + SlabBytes - 1) / SlabBytes * SlabBytes;

    public void Dispose()
    {
        Release(default);
        _floats.Dispose();
        _halves.Dispose();
    }

    private nint View(nint tensor, long rows, long columns, long rowStride, long columnStride, long offset)
    {
        if (_viewCount == _views.Length)
        {
            Array.Resize(ref _views, 2 * _viewCount);
        }

        return _views[_viewCount++] = NativeTensor.View(tensor, rows, columns, rowStride, columnStride, offset);
    }

    private sealed record Slab(Tensor Numbers, nint Address, long Count);

    /// <summary>Memory of one number format.</summary>
    private sealed class Bank(ScalarType type, int size) : IDisposable
    {
        private const int Alignment = 64;

        private readonly List<Slab> _slabs = [];
        private readonly List<Slab> _large = [];

        internal int Size => size;

        internal long Bytes => _slabs.Concat(_large).Sum(slab => slab.Count) * size;

        internal BankMark Taken { get; set; }

        internal (Slab Slab, long Offset) Reserve(long count)
        {
            int step = Alignment / size;
            count = (count + step - 1) / step * step;
            if (count > SlabBytes / size)
            {
                return (Large(count), 0);
            }

            for (; ; Taken = Taken with { Slab = Taken.Slab + 1, Used = 0 })
            {
                if (Taken.Slab == _slabs.Count)
                {
                    _slabs.Add(Create(SlabBytes / size));
                }

                long offset = Taken.Used;
                if (offset + count <= _slabs[Taken.Slab].Count)
                {
                    Taken = Taken with { Used = offset + count };
                    return (_slabs[Taken.Slab], offset);
                }
            }
        }

        /// <summary>
        /// Allocations larger than a slab keep their index and are replaced there by larger ones: a slightly longer batch needs no
        /// additional one.
        /// </summary>
        private Slab Large(long count)
        {
            int index = Taken.Large;
            Taken = Taken with { Large = index + 1 };
            if (index == _large.Count)
            {
                _large.Add(Create(count));
            }
            else if (_large[index].Count < count)
            {
                _large[index].Numbers.Dispose();
                _large[index] = Create(count + (count / 8));
            }

            return _large[index];
        }

        private Slab Create(long count)
        {
            Tensor numbers = empty([count], type).DetachFromDisposeScope();
            return new(numbers, TensorMemory.AddressOf(numbers), count);
        }

        public void Dispose()
        {
            foreach (Slab slab in _slabs.Concat(_large))
            {
                slab.Numbers.Dispose();
            }
        }
    }
}
