using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Runtime;

public class DevicesTests
{
    [Theory]
    [InlineData("auto", true)]
    [InlineData("cpu", true)]
    [InlineData("cuda", true)]
    [InlineData("cuda:0", true)]
    [InlineData("cuda:15", true)]
    [InlineData("cuda:", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda:1000", false)]
    [InlineData("CPU", false)]
    [InlineData("", false)]
    public void IsName_Spelling_IsTold(string name, bool expected) => Assert.Equal(expected, Devices.IsName(name));

    [Fact]
    public void Resolve_Cpu_IsAlwaysThere() => Assert.Equal(TorchSharp.DeviceType.CPU, Devices.Resolve("cpu").type);

    [Fact]
    public void Resolve_UnknownName_NamesTheChoices()
    {
        InputException refused = Assert.Throws<InputException>(() => Devices.Resolve("tpu"));
        Assert.Equal("--device tpu: no such device; use auto, cpu, cuda or cuda:n.", refused.Message);
    }

    [Fact]
    public void Resolve_GpuWhereThereIsNone_SaysWhy()
    {
        Assert.SkipWhen(LibTorch.Load(), "This machine has a GPU that the build can use.");
        InputException refused = Assert.Throws<InputException>(() => Devices.Resolve("cuda"));
        Assert.StartsWith("--device cuda: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(LibTorch.IsNvidiaDriverPresent ? "Torch=cuda" : "use --device cpu", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IdleGpuHint_NoDriver_SaysNothing()
    {
        Assert.SkipWhen(LibTorch.IsNvidiaDriverPresent, "This machine has an NVIDIA driver.");
        Assert.Null(Devices.IdleGpuHint(TorchSharp.torch.CPU));
    }
}
