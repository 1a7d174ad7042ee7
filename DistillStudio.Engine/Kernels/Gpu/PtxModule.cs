namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>A compiled kernel.</summary>
/// <param name="Assembly">PTX, which the driver of any GPU of the target's generation or a later one compiles for itself.</param>
/// <param name="EntryPoint">Name of the kernel in it.</param>
internal sealed record PtxModule(string Assembly, string EntryPoint);

/// <summary>A generation of GPUs. Later ones than 8.0 run its code: ILGPU 1.5 writes none for them.</summary>
/// <param name="Major">Major compute capability.</param>
/// <param name="Minor">Minor compute capability.</param>
internal readonly record struct PtxTarget(int Major, int Minor)
{
    private static readonly PtxTarget[] Known = [new(8, 0), new(7, 0)];

    /// <summary>Returns the newest target whose code a GPU runs; null if it is older than all.</summary>
    internal static PtxTarget? For(int major, int minor)
    {
        foreach (PtxTarget target in Known)
        {
            if (major > target.Major || (major == target.Major && minor >= target.Minor))
            {
                return target;
            }
        }

        return null;
    }

    public override string ToString() => $"sm_{Major}{Minor}";
}
