using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// TorchSharp's native library by handles: a training step makes hundreds of views and products, and an object for each would be work for the
/// collector. Whoever makes a handle disposes it.
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
    private static readonly delegate* unmanaged<nint, byte> Contiguous = (delegate* unmanaged<nint, byte>)NativeLibrary.GetExport(Library, "THSTensor_is_contiguous");
    private static readonly delegate* unmanaged<nint, void> Free = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(Library, "THSTensor_dispose");

    /// <summary>A matrix in the memory of a tensor.</summary>
    /// <param name="tensor">Needs no gradient.</param>
    /// <param name="offset">Of its first number from the beginning of the memory.</param>
    internal static nint View(nint tensor, long rows, long columns, long rowStride, long columnStride, long offset)
    {
        long* sizes = stackalloc long[] { rows, columns };
        long* strides = stackalloc long[] { rowStride, columnStride };
        nint view = AsStrided(tensor, sizes, 2, strides, 2, offset);
        torch.CheckForErrors();
        return view;
    }

    /// <summary>y = a b, or y += a b</summary>
    internal static void Product(nint y, nint a, nint b, bool accumulate)
    {
        AddProduct(y, a, b, accumulate ? 1 : 0, 1);
        torch.CheckForErrors();
    }

    /// <summary>Where a tensor on the CPU begins. It does not move while it lives.</summary>
    internal static nint AddressOf(nint tensor)
    {
        nint address = Data(tensor);
        torch.CheckForErrors();
        return address;
    }

    /// <summary>Where a parameter's gradient begins: 0 where it has none.</summary>
    /// <param name="isContiguous">Whether its numbers lie one after the other.</param>
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

    private static delegate* unmanaged<nint, nint> Export(string name) => (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(Library, name);

    private static nint Load()
    {
        LibTorch.Load();
        return NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
    }
}
