using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Where a tensor on the CPU lies.</summary>
internal static unsafe class TensorMemory
{
    /// <param name="tensor">On the CPU and contiguous. It does not move while it lives.</param>
    internal static nint AddressOf(Tensor tensor)
    {
        using Tensor plain = tensor.detach();
        using Tensor flat = plain.view(-1);
        using Tensor first = flat.narrow(0, 0, Math.Min(1, flat.numel()));
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
