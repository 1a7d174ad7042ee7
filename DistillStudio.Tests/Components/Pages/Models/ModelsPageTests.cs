using Bunit;
using DistillStudio.Components.Pages.Models;
using DistillStudio.Configuration;
using DistillStudio.Datasets;
using DistillStudio.History;
using DistillStudio.Models;
using DistillStudio.Tests.Engine.Hub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Components.Pages.Models;

/// <summary>The pages of models: what is there, what is wrong with it, and what one of them is.</summary>
public sealed class ModelsPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public ModelsPageTests()
    {
        Services.AddSingleton(new PublishedSources("https://hub.example"));
        Services.AddSingleton<Uploads>();
        Services.AddSingleton(s => new ModelJobs(Bench.Home, s.GetRequiredService<PublishedSources>(), NullLogger<ModelJobs>.Instance));
    }

    [Fact]
    public void Models_OfTheHome_AreListedWithWhatIsWrong()
    {
        TinyModel.Write(Path.Combine(Bench.Home.Models, "lab", "tiny"));
        TinyModel.Write(Path.Combine(Bench.Home.Models, "cut"));
        File.Delete(Path.Combine(Bench.Home.Models, "cut", "model.safetensors"));
        Directory.CreateDirectory(Path.Combine(Bench.Home.Models, ".get-x@1"));

        IRenderedComponent<ModelsPage> page = Open<ModelsPage>("/models");
        page.WaitForAssertion(
            () => Assert.Equal(["demo", "cut", "lab/tiny"], page.FindAll("tbody a.link").Select(link => link.TextContent)));

        Assert.Contains("holds no weights", page.Find(".note").TextContent, StringComparison.Ordinal);
        Assert.Contains("mit", page.FindAll("tbody tr")[2].TextContent, StringComparison.Ordinal);
        Assert.Contains("From hub.example", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_NameOfTheAddress_FillsTheForm()
    {
        IRenderedComponent<ModelsPage> page = Open<ModelsPage>("/models?get=google/t5-small&revision=v1");
        Assert.Equal(
            ["google/t5-small", "v1"], page.FindAll("[aria-labelledby=get-title] input").Select(field => field.GetAttribute("value")));
    }

    [Fact]
    public void Model_OfTheHome_IsShownWithItsMemory()
    {
        TinyModel.Write(Path.Combine(Bench.Home.Models, "lab", "tiny"));

        IRenderedComponent<ModelPage> page = Render<ModelPage>(p => p.Add(c => c.First, "lab").Add(c => c.Second, "tiny"));

        page.WaitForAssertion(() => Assert.Equal(5, page.FindAll("[aria-labelledby=memory-title] tbody tr").Count));
        Assert.Contains("mit", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_RemovedInATerminal_AreGoneFromTheirPages()
    {
        TinyModel.Write(Path.Combine(Bench.Home.Models, "lab", "tiny"));
        IRenderedComponent<ModelsPage> list = Open<ModelsPage>("/models");
        IRenderedComponent<ModelPage> page = Render<ModelPage>(p => p.Add(c => c.First, "lab").Add(c => c.Second, "tiny"));
        list.WaitForAssertion(() => Assert.Contains("lab/tiny", list.Markup, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Contains("Train it", page.Markup, StringComparison.Ordinal));

        ModelUse.Remove(Bench.Home, "lab/tiny", []);

        list.WaitForAssertion(() => Assert.DoesNotContain("lab/tiny", list.Markup, StringComparison.Ordinal), Long);
        page.WaitForAssertion(() => Assert.Contains("no longer among the models", page.Markup, StringComparison.Ordinal), Long);
        Assert.DoesNotContain("Train it", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Memory to train it", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("etc", null)]
    [InlineData("..", "secret")]
    public void Model_NameOfAFolderOfTheMachine_IsNotRead(string first, string? second)
    {
        IRenderedComponent<ModelPage> page = Render<ModelPage>(p => p.Add(c => c.First, first).Add(c => c.Second, second));
        page.WaitForAssertion(() => Assert.NotEmpty(page.Find("[role=alert]").TextContent));
    }

    [Fact]
    public void Remove_ModelOfAQueuedRun_IsRefused()
    {
        string folder = Path.Combine(Bench.Home.Models, "lab", "tiny");
        TinyModel.Write(folder);
        RunSummary run = Add("r", state: RunState.Queued, spec: RunScript.Spec() with { FromPretrained = folder });

        Assert.Contains(
            "in use by the run r",
            Assert.Throws<DistillStudio.Engine.Runtime.InputException>(() => ModelUse.Remove(Bench.Home, "lab/tiny", [run])).Message,
            StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder));
    }
}
