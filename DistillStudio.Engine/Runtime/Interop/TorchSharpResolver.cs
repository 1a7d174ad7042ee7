using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Answers TorchSharp when it looks for its native libraries, so that <see cref="LibTorch"/> brings them whichever call into TorchSharp comes first.
/// TorchSharp's static constructor runs once and fails for good: unanswered, it would leave the process without libtorch.
/// </summary>
internal static class TorchSharpResolver
{
    [ThreadStatic]
    private static bool _isResolving;

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "Must precede every use of TorchSharp; it costs nothing until TorchSharp asks.")]
    internal static void Register() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;

    /// <summary>Called where the runtime has not found a library by itself, as libtorch has a folder of its own.</summary>
    private static nint Resolve(Assembly asker, string name)
    {
        if (asker != typeof(torch).Assembly || _isResolving)
        {
            return 0;
        }

        _isResolving = true;
        try
        {
            LibTorch.LoadLibraries();
            if (NativeLibrary.TryLoad(name, asker, null, out nint library))
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
    /// TorchSharp's last resort is to copy half a gigabyte from NuGet's cache to beside the program, and to load a libtorch that nobody chose. It gives
    /// up where that cache is no folder.
    /// </summary>
    private static void ForbidCopying() =>
        Environment.SetEnvironmentVariable("NUGET_PACKAGES", Path.Combine(AppContext.BaseDirectory, "libtorch-was-not-found"));
}
