using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Loads libtorch into the process, once, before the first tensor.</summary>
public static partial class LibTorch
{
    /// <summary>Environment variable with the folder of an installed PyTorch's libraries (<c>…/site-packages/torch/lib</c>).</summary>
    public const string FolderVariable = "DISTILLSTUDIO_LIBTORCH";

    /// <summary>Folder next to the program on Linux; see NativeShim.targets.</summary>
    private const string OwnFolder = "libtorch";

    // Each depends on those before it. TorchSharp's library refers to them by short name, and the loader uses those already loaded.
    private static readonly string[] LinuxLibraries =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    private static readonly string[] WindowsLibraries =
        ["c10.dll", "torch_cpu.dll", "c10_cuda.dll", "torch_cuda.dll", "torch.dll"];

    private static readonly string[] MacLibraries = ["libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib"];

    private static readonly Lazy<string?> Libraries = new(LoadLibrariesOnce);
    private static readonly Lazy<bool> Loading = new(LoadOnce);

    private static int _defaultThreads;

    /// <summary>True if an NVIDIA driver is installed, whether or not this build can use it.</summary>
    public static bool IsNvidiaDriverPresent { get; } =
        File.Exists("/proc/driver/nvidia/version")
            || NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out _);

    /// <summary>True if the libtorch that is loaded is one with CUDA, whether or not there is a GPU. Loads libtorch.</summary>
    internal static bool HasCuda
    {
        get
        {
            LoadLibraries();
            return NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "torch_cuda.dll" : "libtorch_cuda.so", out _);
        }
    }

    /// <summary>Loads libtorch unless it is loaded already. Returns true if it can use an NVIDIA GPU on this machine.</summary>
    /// <exception cref="InputException">The folder named by <see cref="FolderVariable"/> does not contain libtorch.</exception>
    /// <exception cref="StudioException">The libraries cannot be loaded; the message says why.</exception>
    public static bool Load() => Loading.Value;

    /// <summary>Threads that libtorch has chosen for this machine, before any run changed them. Loads libtorch.</summary>
    internal static int DefaultThreads
    {
        get
        {
            Load();
            return _defaultThreads;
        }
    }

    /// <summary>
    /// Loads the libraries that TorchSharp's native library depends on, without touching TorchSharp, so that
    /// <see cref="TorchSharpResolver"/> can call it while TorchSharp initializes.
    /// </summary>
    /// <inheritdoc cref="Load" path="/exception"/>
    internal static void LoadLibraries() => _ = Libraries.Value;

    /// <summary>
    /// Returns the path from which the system loaded a library, such as one shipped with libtorch; null if it is not loaded or the path
    /// is unavailable.
    /// </summary>
    /// <param name="name">Beginning of the file's name.</param>
    internal static string? LoadedPath(string name) => SystemFiles.ReadLines("/proc/self/maps")
        .Select(line => line[(line.LastIndexOf(' ') + 1)..])
        .FirstOrDefault(path => path.StartsWith('/') && Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));

    private static bool LoadOnce()
    {
        string? named = Libraries.Value;
        try
        {
            // Loaded before TorchSharp loads it, so that a failure here leaves TorchSharp uninitialized.
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            torch.InitializeDeviceType(DeviceType.CPU);
#pragma warning disable RS0030 // libtorch has just been loaded
            _defaultThreads = torch.get_num_threads();
#pragma warning restore RS0030
            return torch.cuda.is_available();
        }
        catch (Exception e) when (IsLoadFailure(e))
        {
            throw new StudioException(Explain(named, e), e.ToString(), e);
        }
    }

    /// <returns>The folder specified by the user; null if none is.</returns>
    private static string? LoadLibrariesOnce()
    {
        string? named =
            Environment.GetEnvironmentVariable(FolderVariable) is { } folder && !string.IsNullOrWhiteSpace(folder) ? folder : null;
        LetIdleThreadsSleep();
        UseHugePages();
        string own = Path.Combine(AppContext.BaseDirectory, OwnFolder);
        try
        {
            if (named is not null || Directory.Exists(own))
            {
                LoadFrom(named ?? own, named is not null);
            }

            return named;
        }
        catch (Exception e) when (IsLoadFailure(e))
        {
            throw new StudioException(Explain(named, e), e.ToString(), e);
        }
    }

    private static bool IsLoadFailure(Exception e) =>
        e is DllNotFoundException or NotSupportedException or TypeInitializationException or BadImageFormatException
            or EntryPointNotFoundException;

    /// <summary>
    /// Shortens spin-waiting in libtorch's threads. With a browser and a server on few cores, spinning makes a step several times slower,
    /// because a thread then waits for another that has no core. A spin of a few microseconds saves most of the cost of sleeping on an
    /// idle machine (a step was 9 % faster) and has no measurable cost on a busy one. OpenMP reads the settings once, when it is loaded;
    /// settings made by the user are kept.
    /// </summary>
    private static void LetIdleThreadsSleep()
    {
        const string Policy = "OMP_WAIT_POLICY";
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Policy) is null)
        {
            _ = SetEnvironment(Policy, "PASSIVE", overwrite: 0); // .NET's own setter does not affect native code
            _ = SetEnvironment("GOMP_SPINCOUNT", "1000", overwrite: 0);
        }
    }

    /// <summary>
    /// Lets libtorch ask for pages of 2 MB for its large tensors, which need fewer entries of the processor's address cache: generation in
    /// float32 was 5 % faster and a run's peak memory a tenth lower; training and bfloat16 were as before. Only where the kernel has
    /// them, because libtorch would print a warning. A setting made by the user is kept.
    /// </summary>
    private static void UseHugePages()
    {
        if (SystemFiles.ReadLines("/sys/kernel/mm/transparent_hugepage/enabled").FirstOrDefault() is { } state
            && !state.Contains("[never]", StringComparison.Ordinal))
        {
            _ = SetEnvironment("THP_MEM_ALLOC_ENABLE", "1", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private static void LoadFrom(string folder, bool isNamed)
    {
        string[] names = OperatingSystem.IsWindows() ? WindowsLibraries : OperatingSystem.IsMacOS() ? MacLibraries : LinuxLibraries;
        if (isNamed && !File.Exists(Path.Combine(folder, names[1])))
        {
            throw new InputException($"{FolderVariable}={folder} holds no {names[1]}; name the torch/lib folder of an installed PyTorch "
                + $"2.10, or unset it.");
        }

        foreach (string path in names.Select(name => Path.GetFullPath(Path.Combine(folder, name))).Where(File.Exists))
        {
            NativeLibrary.Load(path);
        }
    }

    /// <summary>Returns the loader's own line, which names a file or a symbol, without the runtime's surrounding advice.</summary>
    private static string Reason(Exception cause)
    {
        string[] lines = cause.Message.Split('\n', StringSplitOptions.TrimEntries);
        string line = lines.FirstOrDefault(
            l => l.Contains("undefined symbol", StringComparison.Ordinal) || l.Contains("version `", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.Contains("cannot open shared object", StringComparison.Ordinal))
            ?? lines[0];
        return line.TrimEnd('.');
    }

    private static string Explain(string? named, Exception cause)
    {
        string reason = Reason(cause.InnerException ?? cause);
        return named is null
            ? $"libtorch could not be loaded ({reason}); rebuild with `dotnet build` on this machine, "
                + $"or point {FolderVariable} at the torch/lib folder of an installed PyTorch 2.10."
            : $"libtorch could not be loaded from {named} ({reason}); it must be that of PyTorch 2.10 for this system, "
                + $"or unset {FolderVariable}.";
    }
}
