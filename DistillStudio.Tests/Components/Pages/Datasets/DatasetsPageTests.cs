using System.Text.Json;
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
    public void Datasets_OneOfManyTeachers_NamesSomeAndCountsTheRest()
    {
        foreach (int i in Enumerable.Range(0, 6))
        {
            string folder = Path.Combine(Bench.Home.Datasets, "svamp", $"llm-t-{i}");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "train_CoT_0.json"), JsonSerializer.Serialize(Enumerable.Repeat("x", 12)));
        }

        IRenderedComponent<DatasetsPage> list = Open<DatasetsPage>("/datasets");

        list.WaitForAssertion(
            () => Assert.Equal(
                "t-0, t-1, t-2, t-3, and 2 more",
                string.Join(' ', list.Find("td[title='t-0, t-1, t-2, t-3, t-4, t-5']").TextContent.Split(
                    (char[]?)null, StringSplitOptions.RemoveEmptyEntries))),
            Long);
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
