using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DistillStudio.Engine.Runtime;

/// <summary>Brings libtorch into the process, once, before the first tensor.</summary>
public static class LibTorch
{
    /// <summary>Names the folder of an installed PyTorch's libraries (<c>…/site-packages/torch/lib</c>).</summary>
    public const string FolderVariable = "DISTILLSTUDIO_LIBTORCH";

    // Each needs those before it; the loader finds what is already in the process by its short name.
    private static readonly string[] LinuxLibraries =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    private static readonly string[] WindowsLibraries =
        ["c10.dll", "torch_cpu.dll", "c10_cuda.dll", "torch_cuda.dll", "torch.dll"];

    private static readonly string[] MacLibraries = ["libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib"];

    private static readonly Lazy<bool> Loading = new(LoadOnce);

    /// <summary>Loads libtorch, or does nothing where it is loaded. True if it can use an NVIDIA GPU here.</summary>
    /// <exception cref="InputException">The folder named in <see cref="FolderVariable"/> holds no libtorch.</exception>
    /// <exception cref="StudioException">The libraries do not load here; the sentence says why.</exception>
    public static bool Load() => Loading.Value;

    /// <summary>An NVIDIA driver is installed, whether or not this build can use it.</summary>
    public static bool IsNvidiaDriverPresent { get; } =
        File.Exists("/proc/driver/nvidia/version") || NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out _);

    private static bool LoadOnce()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        try
        {
            if (!string.IsNullOrWhiteSpace(folder))
            {
                LoadFrom(folder);
            }

            torch.InitializeDeviceType(DeviceType.CPU);
            return HasCuda(folder) && torch.cuda.is_available();
        }
        catch (Exception e) when (e is DllNotFoundException or NotSupportedException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new StudioException(Explain(folder, e), e.ToString(), e);
        }
    }

    private static void LoadFrom(string folder)
    {
        string[] names = OperatingSystem.IsWindows() ? WindowsLibraries : OperatingSystem.IsMacOS() ? MacLibraries : LinuxLibraries;
        if (!File.Exists(Path.Combine(folder, names[1])))
        {
            throw new InputException($"{FolderVariable}={folder} holds no {names[1]}; name the torch/lib folder of an installed PyTorch 2.10, or unset it.");
        }

        foreach (string path in names.Select(name => Path.GetFullPath(Path.Combine(folder, name))).Where(File.Exists))
        {
            NativeLibrary.Load(path);
        }

        NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
        MarkLoaded();
    }

    /// <summary>
    /// Keeps TorchSharp from loading the libtorch beside the program as well: it would do so by path, and two copies of
    /// one library in a process end it. It has no public way to say that the libraries are there.
    /// </summary>
    private static void MarkLoaded()
    {
        foreach (string name in new[] { "nativeBackendLoaded", "nativeBackendCudaLoaded" })
        {
            FieldInfo field = typeof(torch).GetField(name, BindingFlags.NonPublic | BindingFlags.Static)
                ?? throw new NotSupportedException($"this TorchSharp has no field {name}");
            field.SetValue(null, true);
        }
    }

    /// <summary>Asked first, because without CUDA's library TorchSharp fails loudly when told to look for a GPU.</summary>
    private static bool HasCuda(string? folder)
    {
        string name = OperatingSystem.IsWindows() ? "torch_cuda.dll" : "libtorch_cuda.so";
        return string.IsNullOrWhiteSpace(folder)
            ? NativeLibrary.TryLoad("torch_cuda", typeof(torch).Assembly, null, out _)
            : File.Exists(Path.Combine(folder, name));
    }

    private static string Explain(string? folder, Exception cause)
    {
        string reason = (cause.InnerException ?? cause).Message.Split('\n')[0].Trim().TrimEnd('.');
        return string.IsNullOrWhiteSpace(folder)
            ? $"libtorch could not be loaded ({reason}); rebuild with `dotnet build` on this machine, or point {FolderVariable} at the torch/lib folder of an installed PyTorch 2.10."
            : $"libtorch could not be loaded from {folder} ({reason}); it must be that of PyTorch 2.10 for this system, or unset {FolderVariable}.";
    }
}
