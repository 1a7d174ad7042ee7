using Bunit;
using DistillStudio.Components.Pages.Datasets;
using DistillStudio.Configuration;
using DistillStudio.Datasets;
using DistillStudio.Engine.Import;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Datasets;

/// <summary>The pages of datasets while a terminal changes the home.</summary>
public sealed class DatasetsPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public DatasetsPageTests()
    {
        Services.AddSingleton(new PublishedSources("https://hub.example"));
        Services.AddSingleton<DatasetJobs>();
        Services.AddSingleton<DatasetCache>();
        Services.AddSingleton<ILaunchFacts>(new KnownFacts());
        SmallSvamp.Write(Bench.Home.Datasets, "train", 12, hasTeacher: false);
        SmallSvamp.Write(Bench.Home.Datasets, "test", 8, hasTeacher: false);
    }

    [Fact]
    public void Datasets_RemovedInATerminal_AreGoneFromTheirPages()
    {
        IRenderedComponent<DatasetsPage> list = Open<DatasetsPage>("/datasets");
        IRenderedComponent<DatasetPage> page = Render<DatasetPage>(p => p.Add(c => c.Name, "svamp"));
        list.WaitForAssertion(() => Assert.NotEmpty(list.FindAll("a[href='datasets/svamp']")), Long);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("#rows-title")), Long);

        DatasetRemover.Remove(DatasetRemover.Find("svamp", Bench.Home.Datasets));

        list.WaitForAssertion(() => Assert.Empty(list.FindAll("a[href='datasets/svamp']")), Long);
        page.WaitForAssertion(() => Assert.Contains("no longer among the datasets", page.Markup, StringComparison.Ordinal), Long);
        Assert.DoesNotContain("Train on it", page.Markup, StringComparison.Ordinal);
        Assert.NotEmpty(page.FindAll("#rows-title"));
    }

    [Fact]
    public void Dataset_ChangedInATerminal_IsReadAgain()
    {
        IRenderedComponent<DatasetPage> page = Render<DatasetPage>(p => p.Add(c => c.Name, "svamp"));
        page.WaitForAssertion(() => Assert.Equal("no teacher", page.Find(".tile-note").TextContent.Trim()), Long);

        SmallSvamp.Write(Bench.Home.Datasets, "train", 12, hasTeacher: true);

        page.WaitForAssertion(
            () => Assert.StartsWith("teachers: ", page.Find(".tile-note").TextContent.Trim(), StringComparison.Ordinal), Long);
    }
}
