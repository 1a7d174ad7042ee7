using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Gives access to the memory of a tensor on the CPU.</summary>
internal static class TensorMemory
{
    /// <param name="tensor">Contiguous tensor on the CPU. Its address is fixed for its lifetime.</param>
    internal static nint AddressOf(Tensor tensor)
    {
        nint address = NativeTensor.AddressOf(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }
}
