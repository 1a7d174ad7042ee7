using Bunit;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Compare;

/// <summary>The comparison as an address asks for it.</summary>
public sealed class CompareLinkTests : StudioContext
{
    [Theory]
    [InlineData("runs=nope", "Run nope is not here; it may have been deleted.")]
    [InlineData("runs=nope,neither", "2 runs are not here; they may have been deleted: nope, neither.")]
    [InlineData("runs=here,nope", "Run nope is not here; it may have been deleted.")]
    [InlineData("runs=here&base=there", "The baseline there is not among the runs; the first run is the baseline.")]
    [InlineData("runs=here&smooth=much", "smooth=much has no effect; give a number from 0 to 0.99.")]
    public void Link_ToWhatIsNotHere_SaysSo(string query, string problem)
    {
        Add("here");
        IRenderedComponent<ComparePage> page = Open<ComparePage>($"compare?{query}");
        Assert.Equal(problem, page.Find(".link-notice li").TextContent);
    }

    [Fact]
    public async Task Link_WithMoreRunsThanAreCompared_SaysSo()
    {
        string[] ids = [.. Enumerable.Range(1, 101).Select(i => Add($"run-{i:000}", state: RunState.Failed).Id)];
        IRenderedComponent<ComparePage> page = Open<ComparePage>($"compare?runs={string.Join(',', ids)}");
        Assert.StartsWith("The first 100 runs", page.Find(".link-notice li").TextContent, StringComparison.Ordinal);
        await Eventually.Holds(() => page.Markup.Contains("was interrupted before its first evaluation", StringComparison.Ordinal));
    }

    [Fact]
    public void Link_ThatIsGood_HasNoNotice()
    {
        Add("here");
        Assert.Empty(Open<ComparePage>("compare?runs=here&log=1").FindAll(".link-notice"));
    }
}
