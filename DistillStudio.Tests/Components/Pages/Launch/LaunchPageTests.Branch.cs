using Bunit;
using DistillStudio.Components.Pages.Launch;

namespace DistillStudio.Tests.Components.Pages.Launch;

public sealed partial class LaunchPageTests
{
    [Fact]
    public void Branch_OfARun_KeepsWhatIsFixedAndNamesWhatChanges()
    {
        using var folder = new TempFolder();
        folder.Write("spec.json", "{}");
        folder.Write("checkpoints/step-000400.safetensors", "x");
        Add("parent", run => run with { Folder = folder.Path }, spec: RunScript.Spec() with
        {
            Dataset = "cqa",
            FromPretrained = "trained",
            Alpha = 0.3,
            EvalLimit = 50,
        });

        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?branch=parent&at=400&alpha=0.7");

        Assert.True(page.Find("#field-BatchSize").HasAttribute("disabled"));
        Assert.Contains("A branch keeps this as it was.", page.Markup, StringComparison.Ordinal);
        Assert.Contains("alpha 0.3 → 0.7", page.Find(".branch").TextContent, StringComparison.Ordinal);
        Assert.Equal("dotnet run --project DistillStudio -- train --alpha 0.7 --branch parent --at 400", CommandLine(page).TrimEnd());
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
        Assert.Contains("branch=parent&at=400", Address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("branch=parent&at=400&batch_size=64", "cannot change in a branch; leave it as it was, 16,")]
    [InlineData("branch=parent&at=7", "step 7 is not a checkpoint of this run")]
    [InlineData("branch=parent&at=x", "must be a whole number")]
    [InlineData("branch=parent", "is missing; name the step of a checkpoint")]
    [InlineData("branch=gone&at=400", "There is no run gone to branch from")]
    public void Branch_ThatCannotBe_SaysWhyAtItsField(string query, string why)
    {
        using var folder = new TempFolder();
        folder.Write("spec.json", "{}");
        folder.Write("checkpoints/step-000400.safetensors", "x");
        Add("parent", run => run with { Folder = folder.Path });

        IRenderedComponent<LaunchPage> page = Open<LaunchPage>($"launch?{query}");

        Assert.Contains(why, page.Markup, StringComparison.Ordinal);
        Assert.Equal(query.Contains("branch=parent", StringComparison.Ordinal), Button(page, "Launch this run").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Branch_WhoseCheckpointVanishes_CannotBeLaunchedAnyMore()
    {
        using var folder = new TempFolder();
        folder.Write("spec.json", "{}");
        string checkpoint = folder.Write("checkpoints/step-000400.safetensors", "x");
        Add("parent", run => run with { Folder = folder.Path });
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?branch=parent&at=400");
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));

        File.Delete(checkpoint);
        await page.InvokeAsync(() => page.Find("#field-Seed").Input("3"));

        Assert.True(Button(page, "Launch this run").HasAttribute("disabled"));
        Assert.Contains("no checkpoint to branch from", page.Find(".branch").TextContent, StringComparison.Ordinal);
    }
}
