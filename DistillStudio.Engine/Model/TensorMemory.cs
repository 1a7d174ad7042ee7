using DistillStudio.Engine.Runtime;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Where a tensor on the CPU lies.</summary>
internal static class TensorMemory
{
    /// <param name="tensor">On the CPU and contiguous. It does not move while it lives.</param>
    internal static nint AddressOf(Tensor tensor)
    {
        nint address = NativeTensor.AddressOf(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }
}
