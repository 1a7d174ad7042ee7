using Bunit;
using DistillStudio.Components.Pages.Datasets;
using DistillStudio.Datasets;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Datasets;

/// <summary>The form of an import after its upload was deleted, as when one comes back to it.</summary>
public sealed class ImportPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public ImportPageTests()
    {
        Services.AddSingleton<DatasetJobs>();
        Services.AddSingleton<Uploads>();
        _ = Services.GetRequiredService<Uploads>(); // which empties its folder
    }

    [Fact]
    public void Page_UploadThatIsGone_IsReplacedByTheOneChosenAgain()
    {
        IRenderedComponent<ImportPage> page = Open<ImportPage>(Link(Uploaded("first", isThere: false)));
        page.WaitForAssertion(() => Assert.Contains("a.csv was uploaded and is no longer", page.Markup, StringComparison.Ordinal), Long);

        page.InvokeAsync(() => page.FindComponent<ImportFileList>().Instance.Add.InvokeAsync(Uploaded("second", isThere: true)));

        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("#mapping-title")), Long);
        Assert.DoesNotContain("no longer kept", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfAnImportThatIsDone_TellsHowToImportAnotherWay()
    {
        string upload = Uploaded("first", isThere: true);
        IRenderedComponent<ImportPage> page = Open<ImportPage>(Link(upload));
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("#mapping-title")), Long);
        await page.Find(".go button").ClickAsync();
        page.WaitForAssertion(() => Assert.False(File.Exists(upload)), Long);

        Navigation.NavigateTo(Link(upload));
        IRenderedComponent<ImportPage> again = Render<ImportPage>();

        again.WaitForAssertion(
            () => Assert.Contains("a.csv is imported. To import it in another way, choose", again.Markup, StringComparison.Ordinal), Long);
        Assert.Empty(again.FindAll("[role=alert].trouble"));
    }

    private static string Link(string upload) => $"/datasets/import?files={Uri.EscapeDataString(upload)}&name=mine";

    private string Uploaded(string folder, bool isThere)
    {
        string path = Path.Combine(Bench.Home.Path, "uploads", folder, "a.csv");
        if (isThere)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, Enumerable.Range(0, 30).Select(i => $"What is {i} and 1?,{i} + 1").Prepend("question,answer"));
        }

        return path;
    }
}
