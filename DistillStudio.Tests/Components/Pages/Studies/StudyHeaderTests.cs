using Bunit;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace DistillStudio.Tests.Components.Pages.Studies;

public sealed class StudyHeaderTests : StudioContext
{
    [Fact]
    public void Header_StudyThatAnotherProcessRuns_SaysSoAndOffersNothingThatWouldBeRefused()
    {
        Render<MudPopoverProvider>();
        var store = Services.GetRequiredService<StudyStore>();
        Study study = store.Create(StudyHome.Pair(), RunScript.Start);
        using (store.TryTake(study.Id))
        {
            IRenderedComponent<StudyHeader> elsewhere = Show(study.Id);

            Assert.Equal("run elsewhere", elsewhere.Find(".tag").TextContent);
            Assert.StartsWith("Another process, such as study run", elsewhere.Find("[role=note]").TextContent, StringComparison.Ordinal);
            Assert.All(
                ["Start", "Resume", "Pause", "Add seeds"],
                name => Assert.DoesNotContain(name, elsewhere.Markup, StringComparison.Ordinal));
        }

        IRenderedComponent<StudyHeader> left = Show(study.Id);

        Assert.Equal("stopped", left.Find(".tag").TextContent);
        Assert.Empty(left.FindAll("[role=note]"));
        Assert.Contains("Start", left.Markup, StringComparison.Ordinal); // no run has been made yet
    }

    [Fact]
    public void Header_StudyThatTheStudioLooksAt_IsNotElsewhere()
    {
        Render<MudPopoverProvider>();
        var store = Services.GetRequiredService<StudyStore>();
        Study study = store.Create(StudyHome.Pair() with { Queue = StudyQueue.On }, RunScript.Start);
        using IDisposable? taken = store.TryTake(study.Id);

        Assert.Equal("running", Show(study.Id).Find(".tag").TextContent);
    }

    [Theory]
    [InlineData(RunState.Running, true)]
    [InlineData(RunState.Interrupted, false)]
    public void Header_PausedStudy_CanCancelTheRunThatGoesOn(RunState state, bool isOffered)
    {
        Render<MudPopoverProvider>();
        Study study = Services.GetRequiredService<StudyStore>().Create(
            StudyHome.Pair() with { Queue = StudyQueue.Paused }, RunScript.Start);
        StudyEntry entry = Services.GetRequiredService<StudyReader>().Read(study.Id);

        IRenderedComponent<StudyHeader> paused = Render<StudyHeader>(parameters => parameters
            .Add(header => header.Entry, entry with { States = [state, .. entry.States.Skip(1)] })
            .Add(header => header.Actions, Services.GetRequiredService<StudyActions>()));

        Assert.Equal(isOffered, paused.FindAll("button").Any(button => button.TextContent.Trim() == "Cancel"));
    }

    private IRenderedComponent<StudyHeader> Show(string id) => Render<StudyHeader>(parameters => parameters
        .Add(header => header.Entry, Services.GetRequiredService<StudyReader>().Read(id))
        .Add(header => header.Actions, Services.GetRequiredService<StudyActions>()));
}
