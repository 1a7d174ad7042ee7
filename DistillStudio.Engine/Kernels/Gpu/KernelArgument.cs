using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// An argument of a kernel: a number, or the memory of a tensor, which must live until the launch is queued. In PTX, a view is
/// an address and a number of elements, 64 bits each.
/// </summary>
internal readonly record struct KernelArgument
{
    private readonly Bits _bits;

    private KernelArgument(Bits bits, object value)
    {
        _bits = bits;
        Value = value;
    }

    /// <summary>The number; for a view, the type of its elements.</summary>
    internal object Value { get; }

    internal nint Address => (nint)_bits.First;

    internal long Length => _bits.Second;

    /// <summary>An empty view.</summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    internal static KernelArgument None<T>()
        where T : unmanaged => new(default, typeof(T));

    internal static KernelArgument Of(int number) => OfNumber(number);

    internal static KernelArgument Of(float number) => OfNumber(number);

    internal static KernelArgument Of(GpuMask mask) => OfNumber(mask);

    internal static KernelArgument Of(GpuAttentionShape shape) => OfNumber(shape);

    /// <exception cref="ArgumentException">The tensor is not contiguous, or of a type without kernels.</exception>
    internal static KernelArgument Of(torch.Tensor tensor) => tensor.is_contiguous()
        ? Of(tensor, tensor.numel())
        : throw new ArgumentException($"A kernel needs a contiguous tensor, not strides of {string.Join(", ", tensor.stride())}.");

    /// <summary>The memory from the first element of a matrix to its last.</summary>
    /// <param name="rows">[rows, W]; the rows may lie apart, as far as <see cref="StrideOf"/> says.</param>
    /// <exception cref="ArgumentException">The elements of a row lie apart, or the type has no kernels.</exception>
    internal static KernelArgument OfRows(torch.Tensor rows) => rows.numel() == 0 || rows.stride(1) == 1
        ? Of(rows, rows.numel() == 0 ? 0 : ((rows.shape[0] - 1) * StrideOf(rows)) + rows.shape[1])
        : throw new ArgumentException($"A kernel needs contiguous rows, not strides of {string.Join(", ", rows.stride())}.");

    /// <summary>Returns the number of elements from a row to the next.</summary>
    /// <param name="rows">[rows, W]</param>
    /// <param name="others">The same shape; null ones do not count.</param>
    /// <exception cref="ArgumentException">The rows lie unequally far apart.</exception>
    internal static int StrideOf(torch.Tensor rows, params ReadOnlySpan<torch.Tensor?> others)
    {
        long stride = rows.stride(0);
        foreach (torch.Tensor? other in others)
        {
            if (other is not null && other.stride(0) != stride && rows.shape[0] > 1)
            {
                throw new ArgumentException($"Rows lie {stride} elements apart, but {other.stride(0)} in another operand.");
            }
        }

        return (int)stride;
    }

    /// <summary>Returns true if the memory starts with a whole word of 64 bits.</summary>
    internal bool IsOfWords => Address % sizeof(long) == 0;

    /// <summary>Returns the same memory as words of 64 bits, for kernels that only copy.</summary>
    /// <param name="elements">Elements of a word.</param>
    internal KernelArgument AsWords(int elements) => new(new() { First = _bits.First, Second = _bits.Second / elements }, typeof(long));

    /// <summary>Writes the argument as PTX lays it out, in <see cref="Bytes"/> bytes.</summary>
    internal void Write(Span<byte> target) => MemoryMarshal.Write(target, _bits);

    /// <summary>Room for any argument.</summary>
    internal static int Bytes => Marshal.SizeOf<Bits>();

    private static KernelArgument Of(torch.Tensor tensor, long length)
    {
        Type type = tensor.dtype switch
        {
            torch.ScalarType.Float32 => typeof(float),
            torch.ScalarType.BFloat16 => typeof(ushort),
            torch.ScalarType.Int64 => typeof(long),
            _ => throw new ArgumentException($"There are no kernels for tensors of {tensor.dtype}."),
        };
        return new(new() { First = TensorMemory.AddressOf(tensor), Second = length }, type);
    }

    private static KernelArgument OfNumber<T>(T number)
        where T : unmanaged
    {
        Bits bits = default;
        MemoryMarshal.Write(MemoryMarshal.AsBytes(new Span<Bits>(ref bits)), number);
        return new(bits, number);
    }

    [StructLayout(LayoutKind.Sequential, Size = 24)] // of the widest number, GpuAttentionShape
    private struct Bits
    {
        internal long First;
        internal long Second;
    }
}
