using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Applies two process-wide settings that make training on a CPU about twice as fast and change no result beyond rounding. Each is
/// verified when applied and left unchanged where the machine or the library does not support it.
/// </summary>
public static partial class CpuTuning
{
    private const int MallocTrimThreshold = -1;
    private const int MallocMmapMax = -4;

    // at::Float32Backend, at::Float32Op and at::Float32Precision of libtorch 2.10.
    private const int MklDnn = 2;
    private const int MatMul = 3;
    private const int NoPrecision = 0;
    private const int BFloat16 = 3;

    private const string Ordinary = "libtorch's ordinary route";

    /// <summary>Routes of float32 products in order of preference.</summary>
    private static readonly (string Name, int Precision)[] Routes = [("oneDNN", BFloat16), (Ordinary, NoPrecision)];

    private const string GlobalContext = "_ZN2at13globalContextEv";
    private const string SetPrecision =
        "_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE";

    /// <summary>
    /// Largest error of a product over 512 standard normal numbers: it is below 1e-4 in float32 and above 1e-2 in bfloat16.
    /// </summary>
    private const double Tolerance = 1e-3;

    private const int Rows = 64;
    private const int Width = 512;

    private static readonly Lazy<(RouteTrial Chosen, IReadOnlyList<RouteTrial> Trials)> Applied = new(ApplyOnce);

    /// <summary>
    /// Applies the settings once per process, before the first step on a CPU. Returns true if float32 products now use the faster path.
    /// </summary>
    public static bool Apply() => Applied.Value.Chosen.Route != Ordinary;

    /// <summary>The route of float32 products; trials it if that has not been done.</summary>
    public static string Float32Route => Applied.Value.Chosen.Route;

    /// <summary>The route of float32 products with the trials that it was chosen from, in one line.</summary>
    public static string DescribeFloat32() => RouteChoice.Describe(Applied.Value.Chosen, Applied.Value.Trials);

    private static (RouteTrial, IReadOnlyList<RouteTrial>) ApplyOnce()
    {
        KeepMemory();
        return ChooseFloat32();
    }

    /// <summary>
    /// Keeps freed memory in the process. A step's tensors are freed and allocated again in the next step; by default glibc returns the
    /// large ones to the system each time, and the system clears their pages again.
    /// </summary>
    private static void KeepMemory()
    {
        if (OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc.so.6", out nint libc)
            && NativeLibrary.TryGetExport(libc, "mallopt", out _))
        {
            _ = SetMallocOption(MallocMmapMax, 0);
            _ = SetMallocOption(MallocTrimThreshold, int.MaxValue);
        }
    }

    /// <summary>
    /// Tries to route float32 products to oneDNN, because MKL inside libtorch takes a slow path on AMD. libtorch passes float32 products
    /// to oneDNN only when rounding to bfloat16 is allowed, which oneDNN does only where the processor multiplies bfloat16 matrices
    /// (AMX). A trial therefore decides, which sees lost precision and lost time alike.
    /// </summary>
    private static unsafe (RouteTrial, IReadOnlyList<RouteTrial>) ChooseFloat32()
    {
        if (FindLibrary() is not { } library
            || !NativeLibrary.TryGetExport(library, GlobalContext, out nint context)
            || !NativeLibrary.TryGetExport(library, SetPrecision, out nint set))
        {
            var only = new RouteTrial(Ordinary, 0, 0);
            return (only, [only]);
        }

        nint global = ((delegate* unmanaged<nint>)context)();
        var setPrecision = (delegate* unmanaged<nint, int, int, int, void>)set;
        void Select(int route) => setPrecision(global, MklDnn, MatMul, Routes[route].Precision);

        RouteTrial[] trials = [];
        ParallelTeams.Run(teams: 1, size: 1, usesLibtorch: true, parts: 1, (_, _) => trials = Try(Select), CancellationToken.None);
        RouteTrial chosen = RouteChoice.Choose(trials, Tolerance);
        Select(Array.IndexOf(trials, chosen));
        return (chosen, trials);
    }

    /// <summary>Computes a product of a training step's shape by each route, on one thread.</summary>
    /// <param name="select">Selects a route by its index.</param>
    private static RouteTrial[] Try(Action<int> select)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(1);
        Tensor x = randn([Rows, Width], generator: generator);
        Tensor weight = randn([Width, Width], generator: generator);
        Tensor exact = nn.functional.linear(x.to(ScalarType.Float64), weight.to(ScalarType.Float64));
        double[] errors = new double[Routes.Length];
        for (int route = 0; route < errors.Length; route++)
        {
            select(route);
            errors[route] = (nn.functional.linear(x, weight).to(ScalarType.Float64) - exact).abs().max().item<double>();
        }

        Action Multiply(int route) => () =>
        {
            select(route);
            nn.functional.linear(x, weight).Dispose();
        };
        double[] seconds = RouteChoice.Time([.. Enumerable.Range(0, Routes.Length).Select(Multiply)]);
        return [.. Routes.Select((route, i) => new RouteTrial(route.Name, errors[i], seconds[i]))];
    }

    private static nint? FindLibrary()
    {
        string name = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        return NativeLibrary.TryLoad(name, out nint library) ? library : null;
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);
}
