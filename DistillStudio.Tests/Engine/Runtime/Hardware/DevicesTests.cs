using System.Diagnostics;
using DistillStudio.Commands;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Engine.Runtime.Hardware;

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
    public void IsName_Spelling_IsRecognised(string name, bool expected) => Assert.Equal(expected, Devices.IsName(name));

    [Fact]
    public void Resolve_Cpu_IsAlwaysAvailable() => Assert.Equal(TorchSharp.DeviceType.CPU, Devices.Resolve("cpu").type);

    [Fact]
    public void Resolve_UnknownName_NamesTheChoices()
    {
        InputException refused = Assert.Throws<InputException>(() => Devices.Resolve("tpu"));
        Assert.Equal("--device tpu is not a device; use auto, cpu, cuda or cuda:n.", refused.Message);
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
    public void Resolve_GpuOutOfRange_GivesTheNumberOfGpus()
    {
        InputException refused = Assert.Throws<InputException>(() => Devices.Resolve("cuda:99"));
        Assert.StartsWith("--device cuda:99: ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            LibTorch.Load() ? "or less." : LibTorch.IsNvidiaDriverPresent ? "with CUDA." : "use --device cpu.", refused.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, null, "this is the CPU build; build with `-p:Torch=cuda`")]
    [InlineData(false, "0", "this is the CPU build; build with `-p:Torch=cuda`")]
    [InlineData(true, "", "CUDA_VISIBLE_DEVICES= leaves this process no GPU; unset it")]
    [InlineData(true, "-1", "CUDA_VISIBLE_DEVICES=-1 leaves this process no GPU; unset it")]
    [InlineData(true, null, "libtorch finds no GPU that it can use; check that `nvidia-smi` lists one")]
    public void WhyNoGpu_DriverButNoGpu_NamesTheCause(bool isCudaBuild, string? visible, string expected) =>
        Assert.StartsWith(expected, Devices.WhyNoGpu(isCudaBuild, visible), StringComparison.Ordinal);

    [Fact]
    public void CountOf_SomeGpusHidden_SaysByWhat()
    {
        Assert.Equal("this machine has 2 GPU(s)", Devices.CountOf(2, null));
        Assert.Equal("CUDA_VISIBLE_DEVICES=3 shows this process 1 GPU(s)", Devices.CountOf(1, "3"));
    }

    [Fact]
    public void IdleGpuHint_NoDriver_IsNull()
    {
        Assert.SkipWhen(LibTorch.IsNvidiaDriverPresent, "This machine has an NVIDIA driver.");
        Assert.Null(Devices.IdleGpuHint(TorchSharp.torch.CPU));
    }

    [Fact]
    public async Task Program_LibTorchFolderWithoutLibTorch_IsRefusedInASentence()
    {
        using var folder = new TempFolder();
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { [LibTorch.FolderVariable] = folder.Path },
        };
        foreach (string argument in
            (string[])[typeof(CommandLine).Assembly.Location, "bench", "--model", "demo", "--dataset", "demo", "--home", folder.Path])
        {
            start.ArgumentList.Add(argument);
        }

        using Process program = Process.Start(start)!;
        string error = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.WrongUse, program.ExitCode);
        Assert.StartsWith($"{LibTorch.FolderVariable}={folder.Path} holds no ", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("", "libtorch-cpu-", "TorchSharp-cuda-")]
    [InlineData("-p:Torch=cuda", "TorchSharp-cuda-", "libtorch-cpu-")]
    public async Task Project_TorchProperty_ChoosesTheLibrary(string property, string expected, string unexpected)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "README.md")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = root };
        foreach (string argument in
            ((string[])["msbuild", "DistillStudio.Engine/DistillStudio.Engine.csproj", "-getItem:PackageReference", property])
                .Where(a => a.Length > 0))
        {
            start.ArgumentList.Add(argument);
        }

        using Process evaluation = Process.Start(start)!;
        string packages = await evaluation.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Contains(expected, packages, StringComparison.Ordinal);
        Assert.DoesNotContain(unexpected, packages, StringComparison.Ordinal);
    }
}
