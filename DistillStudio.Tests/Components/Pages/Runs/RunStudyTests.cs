using Bunit;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Engine.Studies;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Runs;

/// <summary>The study of a run in the table: that of one made in a terminal follows from its name.</summary>
public sealed class RunStudyTests : StudioContext
{
    [Theory]
    [InlineData("?where=study%20%3D%20which-is-better", "td.col-name .name", new[] { "Standard, seed 0" })]
    [InlineData("?group=study", "tbody th .open", new[] { "No study", "Which is better" })]
    public void Study_RunInATerminal_IsAGroupAndCanBeFilteredFor(string address, string at, string[] shown)
    {
        Services.GetRequiredService<StudyStore>().Create(
            StudyPreset.Find("standard-vs-step-by-step")!.Create("Which is better", RunScript.Spec(), 2), DateTimeOffset.UnixEpoch);
        Add("member", r => r with { Name = null }, spec: RunScript.Spec() with { Name = "Which is better: Standard, seed 0" });
        Add("stranger");

        Assert.Equal(shown, Open<RunsPage>(address).FindAll(at).Select(cell => cell.TextContent.Trim('›', ' ', '\n')).Order());
    }
}
