using Bunit;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Launch;

public sealed class LaunchAdvancedTests : StudioContext
{
    [Theory]
    [InlineData(false, "launch?dataset=cqa&from_pretrained=trained&llm=palm", false)]
    [InlineData(true, "launch?dataset=cqa&from_pretrained=trained&llm=palm", true)]
    [InlineData(false, "launch?like=without", true)] // otherwise it could not be undone
    public async Task CudaGraphs_AreOffered_WhereThereIsAGpu(bool hasGpu, string address, bool isShown)
    {
        Add("without", spec: RunDefaults.Demo with { NoCudaGraphs = true });
        Services.AddSingleton<ILaunchFacts>(new KnownFacts { Devices = hasGpu ? ["auto", "cpu", "cuda:0"] : ["auto", "cpu"] });
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(address);
        await page.InvokeAsync(() => page.Find("section[aria-label=Advanced] summary").Click());

        Assert.Equal(
            isShown,
            page.Find("section[aria-label=Advanced]").TextContent.Contains(SettingsTable.NoCudaGraphs.Help, StringComparison.Ordinal));
    }
}
