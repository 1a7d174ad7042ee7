using DistillStudio.Engine.Runtime.Interop;

[assembly: AssemblyFixture(typeof(LibTorchFixture))]

namespace DistillStudio.Tests.Support;

/// <summary>Tests use tensors without resolving a device first.</summary>
public sealed class LibTorchFixture
{
    /// <summary>Names the call into TorchSharp that a test makes first in a separate process, in which nothing is loaded before.</summary>
    public const string FirstCallVariable = "DISTILLSTUDIO_TESTS_FIRST_CALL";

    public LibTorchFixture()
    {
        if (FirstCall is not null)
        {
            return;
        }

        LibTorch.Load();
        // as the program does before its first step: a test that did so later would change the sums of concurrent ones
        CpuTuning.Apply();

        // Test classes run in parallel: with a team of threads each, they would mostly wait for one another.
        TorchSharp.torch.set_num_threads(1);
    }

    public static string? FirstCall => Environment.GetEnvironmentVariable(FirstCallVariable);
}
