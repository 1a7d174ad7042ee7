using System.Reflection;
using System.Runtime.InteropServices;
using DistillStudio.NativeShim;

namespace DistillStudio.Tests.Engine.Runtime.NativeShim;

public class NativeShimMenderTests
{
    private static string Original =>
        typeof(NativeShimMenderTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(
            a => a.Key == "NativeShimOriginal").Value!;

    [Fact]
    public void Mend_PackagedLibrary_ChangesOnlyTheHookAndItsVersion()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux libraries have symbol versions.");
        byte[] before = File.ReadAllBytes(Original);
        byte[] after = [.. before];

        Assert.True(NativeShimMender.Mend(after));

        int changed = before.Zip(after).Count(pair => pair.First != pair.Second);
        Assert.InRange(changed, 8, 12); // one flag, one version index, seven bytes of "getpid\0"
        NativeShimMender.Mend(after);
        Assert.Equal(changed, before.Zip(after).Count(pair => pair.First != pair.Second)); // mending twice changes no more
    }

    [Fact]
    public void Mend_MendedLibrary_LoadsOnThisSystem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux libraries have symbol versions.");
        string inUse = Path.Combine(
            AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", "libLibTorchSharp.so");
        byte[] mended = File.ReadAllBytes(Original);
        NativeShimMender.Mend(mended);

        Assert.Equal(mended, File.ReadAllBytes(inUse)); // what the build put here is what the tool makes
        Assert.Equal(3f, TorchSharp.torch.ones(3).sum().item<float>());
    }

    [Fact]
    public void Mend_OtherFile_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() => NativeShimMender.Mend(new byte[100]));
    }
}
