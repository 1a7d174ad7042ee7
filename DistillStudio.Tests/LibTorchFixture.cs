using DistillStudio.Engine.Runtime;
using DistillStudio.Tests;

[assembly: AssemblyFixture(typeof(LibTorchFixture))]

namespace DistillStudio.Tests;

/// <summary>Tests use tensors without asking for a device first.</summary>
public sealed class LibTorchFixture
{
    public LibTorchFixture() => LibTorch.Load();
}
