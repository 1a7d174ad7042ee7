using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Resolves TorchSharp's native libraries, so that <see cref="LibTorch"/> loads them whichever call into TorchSharp comes first.
/// TorchSharp's static constructor runs once and fails permanently: without the resolver the process would stay without libtorch.
/// </summary>
internal static class TorchSharpResolver
{
    [ThreadStatic]
    private static bool _isResolving;

    [ModuleInitializer]
    [SuppressMessage(
        "Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries",
        Justification = "Must precede every use of TorchSharp; it costs nothing until TorchSharp loads a library.")]
    internal static void Register() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;

    /// <summary>Called when the runtime has not found a library, because libtorch is in a separate folder.</summary>
    private static nint Resolve(Assembly requester, string name)
    {
        if (requester != typeof(torch).Assembly || _isResolving)
        {
            return 0;
        }

        _isResolving = true;
        try
        {
            LibTorch.LoadLibraries();
            if (NativeLibrary.TryLoad(name, requester, null, out nint library))
            {
                return library;
            }

            ForbidCopying();
            return 0;
        }
        catch (StudioException)
        {
            ForbidCopying();
            throw;
        }
        finally
        {
            _isResolving = false;
        }
    }

    /// <summary>
    /// Disables TorchSharp's fallback, which copies half a gigabyte from NuGet's cache next to the program and loads a libtorch that was
    /// not selected. The fallback gives up if that cache is not a folder.
    /// </summary>
    private static void ForbidCopying() =>
        Environment.SetEnvironmentVariable("NUGET_PACKAGES", Path.Combine(AppContext.BaseDirectory, "libtorch-was-not-found"));
}
