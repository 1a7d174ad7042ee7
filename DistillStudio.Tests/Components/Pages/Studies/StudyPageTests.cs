using Bunit;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Engine.Studies;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Studies;

/// <summary>The pages of studies while a terminal changes the home.</summary>
public sealed class StudyPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private StudyStore Store => Services.GetRequiredService<StudyStore>();

    [Fact]
    public void Study_DeletedInATerminal_IsGoneFromItsPages()
    {
        Study study = Store.Create(StudyHome.Pair(), RunScript.Start);
        IRenderedComponent<StudiesPage> list = Open<StudiesPage>("/studies");
        IRenderedComponent<StudyPage> page = Render<StudyPage>(p => p.Add(c => c.Id, study.Id));
        list.WaitForAssertion(() => Assert.NotEmpty(list.FindAll($"a[href='studies/{study.Id}']")), Long);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".head-actions")), Long);

        Store.Delete(study.Id, RunScript.Start);
        Store.Remove(study.Id);

        list.WaitForAssertion(() => Assert.Empty(list.FindAll($"a[href='studies/{study.Id}']")), Long);
        page.WaitForAssertion(() => Assert.Contains("no longer among the studies", page.Markup, StringComparison.Ordinal), Long);
        Assert.Empty(page.FindAll(".head-actions"));
        Assert.NotEmpty(page.FindAll("#runs-title"));
    }

    [Fact]
    public void Study_DeletedAndRestored_HasItsActionsAgain()
    {
        Study study = Store.Create(StudyHome.Pair(), RunScript.Start);
        Render<MudBlazor.MudPopoverProvider>();
        IRenderedComponent<StudyPage> page = Render<StudyPage>(p => p.Add(c => c.Id, study.Id));
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".head-actions")), Long);
        Store.Delete(study.Id, RunScript.Start);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".head-actions")), Long);

        Store.Undelete(study.Id);

        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".head-actions")), Long);
        Assert.DoesNotContain("no longer among", page.Markup, StringComparison.Ordinal);
    }
}
