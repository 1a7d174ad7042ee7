using Bunit;
using DistillStudio.Components.Controls;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Controls;

/// <summary>What the menu of a row offers.</summary>
public sealed class RunMenuTests : StudioContext
{
    [Fact]
    public void Menu_RunOfThisStudio_PausesAndCancels()
    {
        Bench.Active.Claim("here");

        Assert.Equal(["Open", "Name, tags, notes…", "Pause", "Cancel…", "Clone…"], Items(Add("here", state: RunState.Running)));
    }

    [Fact]
    public void Menu_RunOfATerminal_OffersNeither()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Bench.Home.Runs, "there")).FullName;
        using IDisposable terminal = RunLock.Take(folder);

        string[] items = Items(Add("there", run => run with { Folder = folder }, RunState.Running));

        Assert.Equal(["Open", "Name, tags, notes…", "Clone…"], items);
    }

    [Fact]
    public void Menu_RunOfAJob_CanBeRequeuedToo()
    {
        var job = new PlacedJob("abc") { Id = "4711", State = JobState.Running };

        string[] items = Items(Add("placed", run => run with { Placement = new("gpu") { Job = job } }, RunState.Running));

        Assert.Equal(["Open", "Name, tags, notes…", "Pause", "Requeue", "Cancel…", "Clone…"], items);
    }

    private string[] Items(RunSummary run)
    {
        IRenderedComponent<MudBlazor.MudPopoverProvider> popovers = Render<MudBlazor.MudPopoverProvider>();
        IRenderedComponent<RunMenu> menu = Render<RunMenu>(p => p.Add(m => m.Run, run).Add(m => m.Actions, Actions));
        menu.Find("button").Click();
        return [.. popovers.FindComponents<MudBlazor.MudMenuItem>().Select(item => item.Find("*").TextContent.Trim())];
    }
}
