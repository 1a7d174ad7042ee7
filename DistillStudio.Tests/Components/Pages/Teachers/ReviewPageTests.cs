using Bunit;
using DistillStudio.Components.Pages.Teachers;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;
using DistillStudio.Tests.Browser;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Components.Pages.Teachers;

/// <summary>The review of a teacher that a terminal removes.</summary>
public sealed class ReviewPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public ReviewPageTests() => Services.AddSingleton(
        new TeacherManager(Bench.Home, TimeProvider.System, NullLogger<TeacherManager>.Instance));

    [Fact]
    public async Task Page_TeacherIsRemovedMeanwhile_SaysSoAndDecidesNothing()
    {
        await SeededTeacher.PutAsync(Bench.Home);
        TeacherJob job = Assert.Single(TeacherJob.List(Bench.Home));
        Render<MudBlazor.MudPopoverProvider>();
        IRenderedComponent<ReviewPage> page = Render<ReviewPage>(
            p => p.Add(c => c.Dataset, "demo").Add(c => c.Name, "mine").Add(c => c.Split, "train"));
        page.WaitForAssertion(() => Assert.Contains("Accept (a)", Buttons(page)), Long);

        job.Remove();

        page.WaitForAssertion(() => Assert.Contains("no longer among the teachers", page.Markup, StringComparison.Ordinal), Long);
        Assert.DoesNotContain(Buttons(page), text => text is "Accept (a)" or "Reject (x)" or "Make it a teacher");
        Assert.Contains("Row ", page.Find("#row-title").TextContent, StringComparison.Ordinal);
    }

    private static string[] Buttons(IRenderedComponent<ReviewPage> page) =>
        [.. page.FindAll("button").Select(button => button.TextContent.Trim())];
}
