using Bunit;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Launch;

/// <summary>What the form of a study says of its runs before they are launched.</summary>
public sealed class StudyLaunchPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public StudyLaunchPageTests() => Services.AddSingleton<ILaunchFacts>(new KnownFacts { Earlier = (0.1, "run") });

    [Theory]
    [InlineData("max_steps=5000", "5,000 steps read each training row about 321 times")]
    [InlineData("max_steps=5000&subsample=0.25,1", "5,000 steps read each training row about 321 times")]
    [InlineData("max_steps=5000&patience=3", null)]
    [InlineData("max_steps=500", null)]
    public void Facts_ManyEpochsWithoutPatience_SaySo(string query, string? said)
    {
        IRenderedComponent<StudyLaunchPage> page = Open<StudyLaunchPage>($"launch/study?dataset=demo&seeds=1&{query}");

        page.WaitForAssertion(
            () => Assert.Contains("measured over a few steps", page.Find(".facts").TextContent, StringComparison.Ordinal), Long);
        string doubt = string.Concat(page.FindAll(".facts .doubt").Select(remark => remark.TextContent));
        Assert.Equal(said is not null, doubt.Length > 0);
        Assert.Contains(said ?? "", doubt, StringComparison.Ordinal);
        Assert.Equal(query.Contains("subsample", StringComparison.Ordinal), doubt.Contains("25 %", StringComparison.Ordinal));
    }
}
