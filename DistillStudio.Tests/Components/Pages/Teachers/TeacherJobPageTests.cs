using Bunit;
using DistillStudio.Components.Pages.Teachers;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;
using DistillStudio.Teachers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Components.Pages.Teachers;

/// <summary>The pages of teachers while a terminal works on a job.</summary>
public sealed class TeacherJobPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public TeacherJobPageTests() => Services.AddSingleton(
        new TeacherManager(Bench.Home, TimeProvider.System, NullLogger<TeacherManager>.Instance));

    [Fact]
    public async Task Job_OfATerminal_IsFollowed_AndGoneOnceItIsRemoved()
    {
        TeacherJob job = TeacherJob.Create(
            Bench.Home,
            new("demo", "train", "mine", Bench.Home.Datasets, new("http://localhost:1/v1", "model"),
                BuiltInTemplates.All.First(t => t.Name == "equation"), Rows: 4)
            {
                Created = RunScript.Start,
            });
        IRenderedComponent<TeachersPage> list = Open<TeachersPage>("/teachers");
        IRenderedComponent<TeacherJobPage> page = Render<TeacherJobPage>(
            p => p.Add(c => c.Dataset, "demo").Add(c => c.Name, "mine").Add(c => c.Split, "train"));
        page.WaitForAssertion(() => Assert.Equal("0", page.Find(".tile-value").TextContent.Trim()), Long);
        list.WaitForAssertion(() => Assert.Contains("mine", list.Markup, StringComparison.Ordinal), Long);

        using (var log = CompletionLog.Open(job.CompletionsPath))
        {
            int row = TeacherRows.Load(job.Spec).Indices[0];
            await log.AppendAsync(new(row, 0, "It is so. So the answer is 1.", "stop", 10, 5, 1, 1, RunScript.Start));
        }

        page.WaitForAssertion(() => Assert.Equal("1", page.Find(".tile-value").TextContent.Trim()), Long);
        job.Remove();
        page.WaitForAssertion(() => Assert.Contains("no longer among the teachers", page.Markup, StringComparison.Ordinal), Long);
        Assert.Empty(page.FindAll(".head-actions"));
        list.WaitForAssertion(() => Assert.DoesNotContain("mine", list.Markup, StringComparison.Ordinal), Long);
    }
}
