using DistillStudio.Engine.Kernels.Gpu;

namespace DistillStudio.Tests.Emulation;

/// <summary>
/// Stands in for CUDA's driver: runs PTX on the memory of CPU tensors, slowly and with checks that no GPU makes. What the simulator
/// cannot show, it can: that the PTX computes what the kernel's C# does, that launches pass arguments as the PTX takes them, that groups of
/// many warps meet, race for no memory and leave none.
/// </summary>
internal sealed class EmulatedDriver : ICudaDriver
{
    private readonly List<PtxProgram> _programs = [];

    public nint Load(PtxModule module)
    {
        _programs.Add(new(module));
        return _programs.Count;
    }

    public void Launch(nint function, int groups, int threads, ReadOnlySpan<byte> arguments, int count)
    {
        PtxProgram program = _programs[(int)function - 1];
        Assert.Equal(program.Parameters, count);
        Assert.Equal(0, threads % PtxGroup.WarpSize);
        byte[] bytes = arguments.ToArray();
        var memory = new PtxMemory(ViewsOf(bytes), program.SharedBytes);
        for (int group = 0; group < groups; group++)
        {
            new PtxGroup(program, memory, bytes, (group, groups), threads).Run();
        }
    }

    /// <summary>Takes numbers for views too: small addresses, in which no tensor lies.</summary>
    private static List<(long Address, long Length)> ViewsOf(byte[] arguments) => [.. arguments.Chunk(KernelArgument.Bytes)
        .Select(argument => (BitConverter.ToInt64(argument), BitConverter.ToInt64(argument.AsSpan(sizeof(long)))))];
}
