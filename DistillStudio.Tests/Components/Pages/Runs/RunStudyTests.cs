using Bunit;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Runs;

/// <summary>The study of a run in the table: that of one made in a terminal follows from its name.</summary>
public sealed class RunStudyTests : StudioContext
{
    [Fact]
    public void Name_RunOfAStudyInTheStudio_IsWithoutTheStudysName()
    {
        Study study = Services.GetRequiredService<StudyStore>().Create(
            StudyPreset.Find("standard-vs-step-by-step")!.Create("Which is better", RunScript.Spec(), 2), DateTimeOffset.UnixEpoch);
        const string Name = "Which is better: Standard, seed 0"; // recorded twice, since the studio gives a run its settings' name
        RunSpec spec = RunScript.Spec() with { Name = Name, Seed = 0 };
        Add("member", r => r with { Name = Name, Group = $"study/{study.Id}" }, spec: spec);

        Assert.Equal("Standard, seed 0", Open<RunsPage>("").Find("td.col-name .name").TextContent.Trim());
    }

    [Theory]
    [InlineData("Which is better: Standard, seed 0", "Which is better: Standard, seed 0", "Standard, seed 0", null)]
    [InlineData(null, "Which is better: Standard, seed 0", "Standard, seed 0", null)]
    [InlineData("Mine: the best, seed 0", "Which is better: Standard, seed 0", "Mine: the best, seed 0", "Mine: the best, seed 0")]
    [InlineData("Mine", null, "Mine", "Mine")]
    public void ShortTitle_NameOfAStudyOrAPerson_DropsOnlyTheStudys(string? name, string? generated, string shown, string? given)
    {
        RunSummary run = RunScript.Summary("a") with { Name = name, Spec = RunScript.Spec() with { Name = generated, Seed = 0 } };

        Assert.Equal((shown, given), (RunText.ShortTitle(run), RunText.GivenName(run)));
    }

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
