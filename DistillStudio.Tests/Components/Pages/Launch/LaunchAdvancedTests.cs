using Bunit;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Launch;

public sealed class LaunchAdvancedTests : StudioContext
{
    [Theory]
    [InlineData(false, "", false)]
    [InlineData(true, "", true)]
    [InlineData(false, "&no_cuda_graphs=true", true)] // a link to it shows it where there is no GPU too
    public async Task CudaGraphs_AreOffered_WhereThereIsAGpu(bool hasGpu, string query, bool isShown)
    {
        Services.AddSingleton<ILaunchFacts>(new KnownFacts { Devices = hasGpu ? ["auto", "cpu", "cuda:0"] : ["auto", "cpu"] });
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>($"launch?dataset=cqa&from_pretrained=trained&llm=palm{query}");
        await page.InvokeAsync(() => page.Find("section[aria-label=Advanced] summary").Click());

        Assert.Equal(
            isShown,
            page.Find("section[aria-label=Advanced]").TextContent.Contains(SettingsTable.NoCudaGraphs.Help, StringComparison.Ordinal));
    }
}
