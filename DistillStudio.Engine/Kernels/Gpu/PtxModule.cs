namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>A compiled kernel.</summary>
/// <param name="Assembly">PTX, which the driver of any GPU of the target's generation or a later one compiles for itself.</param>
/// <param name="EntryPoint">Name of the kernel in it.</param>
internal sealed record PtxModule(string Assembly, string EntryPoint);

/// <summary>A generation of GPUs. Later ones than 8.0 run its code: ILGPU 1.5 writes none for them.</summary>
/// <param name="Major">Major compute capability; the minor one is 0.</param>
internal readonly record struct PtxTarget(int Major)
{
    private const int First = 7;
    private const int Last = 8;

    /// <summary>Returns the newest target whose code a GPU runs; null if the GPU is older than all.</summary>
    internal static PtxTarget? For(int major) => major < First ? null : new(Math.Min(major, Last));

    public override string ToString() => $"sm_{Major}0";
}
