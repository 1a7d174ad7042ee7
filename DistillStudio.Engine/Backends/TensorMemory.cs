using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

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
