using System.Diagnostics;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class PtxCompilerTests
{
    private static readonly PtxTarget Ampere = new(8);
    private static readonly PtxTarget Volta = new(7);

    private static readonly GpuKernel Columns = GpuKernel.Of(typeof(GpuNormKernel), nameof(GpuNormKernel.SumColumns));

    [Theory]
    [InlineData(9, "sm_80")]
    [InlineData(8, "sm_80")]
    [InlineData(7, "sm_70")]
    public void Compile_EveryKernel_GivesPtxForTheGpuWithoutOne(int major, string target)
    {
        using var compiler = new PtxCompiler(PtxTarget.For(major)!.Value, null);
        Assert.All(AllGpuKernels.List, kernel =>
        {
            PtxModule module = compiler.Compile(kernel);
            Assert.Contains($".target {target}", module.Assembly, StringComparison.Ordinal);
            Assert.Contains($".visible .entry {module.EntryPoint}(", module.Assembly, StringComparison.Ordinal);
            Assert.Equal(kernel.Method.GetParameters().Length, module.Assembly.Split(')')[0].Split(".param").Length - 1);
            Assert.DoesNotContain("atom.", module.Assembly, StringComparison.Ordinal); // sums would not be repeatable
            Assert.DoesNotContain(".extern", module.Assembly, StringComparison.Ordinal); // the driver has no library to link
            Assert.DoesNotMatch("0f00[0-7](?!00000)", module.Assembly); // a whole number's bits, not converted
        });
        Assert.Equal(AllGpuKernels.List.Count, AllGpuKernels.List.Select(kernel => kernel.Name).Distinct().Count());
    }

    /// <summary>Needs NVIDIA's assembler, which comes with the CUDA toolkit, but no GPU: the variable PTXAS has its path.</summary>
    [Theory]
    [InlineData(7, "sm_70")]
    [InlineData(8, "sm_80")]
    [InlineData(9, "sm_90")]
    public void Compile_EveryKernel_IsAssembledForTheGpuWithoutSpilling(int major, string architecture)
    {
        string? assembler = Environment.GetEnvironmentVariable("PTXAS");
        Assert.SkipWhen(assembler is null, "PTXAS does not say where ptxas is.");
        using var folder = new TempFolder();
        using var compiler = new PtxCompiler(PtxTarget.For(major)!.Value, null);
        string source = Path.Combine(folder.Path, "kernel.ptx");
        Assert.All(AllGpuKernels.List, kernel =>
        {
            File.WriteAllText(source, compiler.Compile(kernel).Assembly);
            var start = new ProcessStartInfo(assembler!, [$"-arch={architecture}", "-v", "-o", $"{source}.cubin", source])
            {
                RedirectStandardError = true,
            };
            using var run = Process.Start(start)!;
            string output = run.StandardError.ReadToEnd();
            run.WaitForExit();

            Assert.True(run.ExitCode == 0, output);
            Assert.Contains(" 0 bytes spill stores, 0 bytes spill loads", output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(12, "sm_80")]
    [InlineData(8, "sm_80")]
    [InlineData(7, "sm_70")]
    [InlineData(6, null)]
    public void For_Capability_IsTheNewestTargetItRuns(int major, string? expected) =>
        Assert.Equal(expected, PtxTarget.For(major)?.ToString());

    [Fact]
    public void Compile_Again_ReadsTheCache()
    {
        using var folder = new TempFolder();
        PtxModule first = Compile(folder, Ampere, out int compiled);
        Assert.Equal(1, compiled);

        PtxModule second = Compile(folder, Ampere, out compiled);
        Assert.Equal(0, compiled);
        Assert.Equal(first, second);

        Compile(folder, Volta, out compiled);
        Assert.Equal(1, compiled);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no line break")]
    [InlineData("// checksum\n.visible .entry Other(\n")]
    [InlineData(null)] // one character changed
    public void Compile_DamagedFile_MakesItAnew(string? damage)
    {
        using var folder = new TempFolder();
        PtxModule first = Compile(folder, Ampere, out _);
        string file = Assert.Single(Directory.GetFiles(folder.Path));
        string content = File.ReadAllText(file);
        File.WriteAllText(file, damage ?? content.Replace("add.f32", "sub.f32", StringComparison.Ordinal));

        PtxModule again = Compile(folder, Ampere, out int compiled);
        Assert.Equal(1, compiled);
        Assert.Equal(first.EntryPoint, again.EntryPoint);
        Assert.Equal(again, Compile(folder, Ampere, out compiled));
        Assert.Equal(0, compiled);
    }

    [Fact]
    public void Compile_FolderIsAFile_DoesWithoutTheCache()
    {
        using var folder = new TempFolder();
        string file = Path.Combine(folder.Path, "kernels");
        File.WriteAllText(file, "mine");
        using var compiler = new PtxCompiler(Ampere, new PtxCache(file));

        Assert.NotEmpty(compiler.Compile(Columns).Assembly);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void Compile_FileOfALongGoneBuild_IsDeleted()
    {
        using var folder = new TempFolder();
        string old = Path.Combine(folder.Path, "old.ptx");
        string recent = Path.Combine(folder.Path, "recent.ptx");
        File.WriteAllText(old, "");
        File.WriteAllText(recent, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-100));
        Compile(folder, Ampere, out _);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(recent));
    }

    [Fact]
    public void Compile_WhatIsNoKernel_SaysWhich()
    {
        using var compiler = new PtxCompiler(Ampere, null);
        var kernel = GpuKernel.Of(typeof(PtxCompilerTests), nameof(Throwing));

        Assert.Contains("Throwing", Assert.Throws<StudioException>(() => compiler.Compile(kernel)).Message, StringComparison.Ordinal);
    }

    internal static void Throwing(ILGPU.ArrayView<float> x) => x[0] = string.Join("", Environment.GetCommandLineArgs()).Length;

    private static PtxModule Compile(TempFolder folder, PtxTarget target, out int compiled)
    {
        using var compiler = new PtxCompiler(target, new PtxCache(folder.Path));
        PtxModule module = compiler.Compile(Columns);
        compiled = compiler.Compiled;
        return module;
    }
}
