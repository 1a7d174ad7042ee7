using System.Runtime.InteropServices;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Calls TorchSharp's native library with raw handles: a training step creates hundreds of views and products, and an object for each
/// would burden the garbage collector. The caller disposes the handles that it creates.
/// </summary>
internal static unsafe class NativeTensor
{
    private static readonly nint Library = Load();

    private static readonly delegate* unmanaged<nint, long*, int, long*, int, long, nint> AsStrided =
        (delegate* unmanaged<nint, long*, int, long*, int, long, nint>)NativeLibrary.GetExport(Library, "THSTensor_as_strided");

    private static readonly delegate* unmanaged<nint, nint, nint, float, float, void> AddProduct =
        (delegate* unmanaged<nint, nint, nint, float, float, void>)NativeLibrary.GetExport(Library, "THSTensor_addmm_");

    private static readonly delegate* unmanaged<nint, nint> Data = Export("THSTensor_data");
    private static readonly delegate* unmanaged<nint, nint> Grad = Export("THSTensor_grad");
    private static readonly delegate* unmanaged<nint, byte> Contiguous = (delegate* unmanaged<nint, byte>)NativeLibrary.GetExport(
        Library, "THSTensor_is_contiguous");
    private static readonly delegate* unmanaged<nint, void> Free =
        (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(Library, "THSTensor_dispose");

    /// <summary>Creates a matrix view of a tensor's memory.</summary>
    /// <param name="tensor">Must not require a gradient.</param>
    /// <param name="offset">Offset of the first element from the beginning of the memory.</param>
    internal static nint View(nint tensor, long rows, long columns, long rowStride, long columnStride, long offset)
    {
        long* sizes = stackalloc long[] { rows, columns };
        long* strides = stackalloc long[] { rowStride, columnStride };
        nint view = AsStrided(tensor, sizes, 2, strides, 2, offset);
        torch.CheckForErrors();
        return view;
    }

    /// <summary>Computes y = a b, or y += a b.</summary>
    internal static void Product(nint y, nint a, nint b, bool accumulate)
    {
        AddProduct(y, a, b, accumulate ? 1 : 0, 1);
        torch.CheckForErrors();
    }

    /// <summary>Returns the address of a CPU tensor's data, which is fixed for the tensor's lifetime.</summary>
    internal static nint AddressOf(nint tensor)
    {
        nint address = Data(tensor);
        torch.CheckForErrors();
        return address;
    }

    /// <summary>Returns the address of a parameter's gradient; 0 if it has none.</summary>
    /// <param name="isContiguous">Whether the gradient is contiguous.</param>
    internal static nint GradientAddressOf(nint parameter, out bool isContiguous)
    {
        nint gradient = Grad(parameter);
        torch.CheckForErrors();
        isContiguous = gradient == 0 || Contiguous(gradient) != 0;
        if (gradient == 0)
        {
            return 0;
        }

        nint address = AddressOf(gradient);
        Dispose(gradient);
        return address;
    }

    internal static void Dispose(nint tensor) => Free(tensor);

    private static delegate* unmanaged<nint, nint> Export(string name) =>
        (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(Library, name);

    private static nint Load()
    {
        LibTorch.Load();
        return NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
    }
}
