using System.Globalization;
using Bunit;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Run;

/// <summary>What the head of a run's page offers, by who trains the run.</summary>
public sealed class RunHeaderTests : StudioContext
{
    [Fact]
    public void Head_RunOfThisStudio_PausesAndCancels()
    {
        Bench.Active.Claim("here");
        IRenderedComponent<RunHeader> head = Show(Add("here", state: RunState.Running));

        Assert.Contains("Pause", Buttons(head));
        Assert.Contains("Cancel", Buttons(head));
        Assert.DoesNotContain("another process", head.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Head_RunOfATerminal_SaysWhereItIsStoppedUntilItIs()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Bench.Home.Runs, "there")).FullName;
        RunSummary run = Add("there", run => run with { Folder = folder }, RunState.Running);
        IRenderedComponent<RunHeader> head;
        using (RunLock.Take(folder))
        {
            head = Show(run);

            Assert.DoesNotContain(Buttons(head), text => text is "Pause" or "Cancel");
            Assert.Contains("trained by another process", head.Find(".page-head").TextContent, StringComparison.Ordinal);
            if (OperatingSystem.IsLinux())
            {
                Assert.Contains(
                    $"kill {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}.", head.Markup, StringComparison.Ordinal);
            }
        }

        head.Render(p => p.Add(h => h.Run, run with { State = RunState.Interrupted, Checkpoint = new(5, "step-5", IsBest: true, 1) }));

        Assert.DoesNotContain("another process", head.Markup, StringComparison.Ordinal);
        Assert.Contains("Resume", Buttons(head));
    }

    private IRenderedComponent<RunHeader> Show(RunSummary run)
    {
        Render<MudBlazor.MudPopoverProvider>();
        return Render<RunHeader>(p => p.Add(h => h.Run, run).Add(h => h.Actions, Actions));
    }

    private static string[] Buttons(IRenderedComponent<RunHeader> head) =>
        [.. head.FindAll("button").Select(button => button.TextContent.Trim())];
}
