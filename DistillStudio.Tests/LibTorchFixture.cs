using DistillStudio.Engine.Runtime;
using DistillStudio.Tests;

[assembly: AssemblyFixture(typeof(LibTorchFixture))]

namespace DistillStudio.Tests;

/// <summary>Tests use tensors without asking for a device first.</summary>
public sealed class LibTorchFixture
{
    public LibTorchFixture()
    {
        LibTorch.Load();

        // Test classes run beside each other: with a team of threads each, they would mostly wait for one another.
        TorchSharp.torch.set_num_threads(1);
    }
}
