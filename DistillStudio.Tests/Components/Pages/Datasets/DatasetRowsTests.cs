using Bunit;
using DistillStudio.Components.Pages.Datasets;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Tests.Components.Pages.Datasets;

/// <summary>A teacher that was asked about some of the rows, and whose answers were reviewed.</summary>
public sealed class DatasetRowsTests : StudioContext
{
    [Fact]
    public async Task Rows_OfAPartialTeacher_TellWhatWasNotAskedOrNotRepliedFromAnswersWithoutALabel()
    {
        IRenderedComponent<DatasetRows> rows = Open();
        await Eventually.Holds(() => rows.Markup.Contains("6 of 6", StringComparison.Ordinal));

        Assert.Equal(
            [
                ("right", "→ yes"), ("wrong", "→ no"), ("wrong", "→ no label"), ("soft", "rejected in review"), ("soft", "not asked"),
                ("soft", "no reply"),
            ],
            rows.FindAll(".answer > span:last-child").Select(said => (said.ClassName!, said.TextContent.Trim())));
        Assert.Equal(["teacher was not asked", "teacher did not reply"], rows.FindAll("option").TakeLast(2).Select(o => o.TextContent));
    }

    [Theory]
    [InlineData(RowFilter.Unasked, "question 4")]
    [InlineData(RowFilter.Unanswered, "question 5")]
    public async Task Rows_Filtered_AreThoseThatTheTeacherWasNotAskedAboutOrDidNotReplyTo(RowFilter filter, string question)
    {
        IRenderedComponent<DatasetRows> rows = Open(filter);
        await Eventually.Holds(() => rows.Markup.Contains("1 of 6", StringComparison.Ordinal));
        Assert.Equal(question, Assert.Single(rows.FindAll(".cells")).QuerySelector(".text")!.TextContent);
    }

    [Fact]
    public void Teachers_APartialOne_IsJudgedByTheRowsThatItWasAskedAbout()
    {
        IRenderedComponent<DatasetTeachers> teachers = Render<DatasetTeachers>(p => p
            .Add(c => c.View, new DatasetView())
            .Add(c => c.Reports, [TeacherReport.Of(TaskKind.Text, Partial, "own")]));

        Assert.Equal(
            ["Teacher", "agrees", "95 % interval", "not asked", "no reply", "no label"],
            teachers.FindAll("thead th").Take(6).Select(title => title.TextContent));
        Assert.Equal("25.0 %", teachers.Find("tbody td").TextContent);
        Assert.Equal(["1", "1"], teachers.FindAll("tbody td").Skip(2).Take(2).Select(cell => cell.TextContent.Trim()));
        string whole = Render<DatasetTeachers>(p => p
            .Add(c => c.View, new DatasetView())
            .Add(c => c.Reports, [TeacherReport.Of(TaskKind.Text, Partial with { Unasked = Nobody, Unanswered = Nobody }, "own")])).Markup;
        Assert.DoesNotContain("not asked", whole, StringComparison.Ordinal);
        Assert.DoesNotContain("no reply", whole, StringComparison.Ordinal);
    }

    private static Dictionary<string, IReadOnlySet<int>> Nobody => [];

    private static Split Partial => new(
        Dataset.Train,
        [.. Enumerable.Range(0, 6).Select(i => new Row($"question {i}", "yes"))],
        new Dictionary<string, IReadOnlyList<TeacherAnswer>>
        {
            ["own"] = [new("because", "yes"), new("because", "no"), new("because", " "), new("", ""), new("", ""), new("", "")],
        })
    {
        Rejected = new Dictionary<string, IReadOnlySet<int>> { ["own"] = new HashSet<int> { 3 } },
        Unasked = new Dictionary<string, IReadOnlySet<int>> { ["own"] = new HashSet<int> { 4 } },
        Unanswered = new Dictionary<string, IReadOnlySet<int>> { ["own"] = new HashSet<int> { 5 } },
    };

    private IRenderedComponent<DatasetRows> Open(RowFilter filter = RowFilter.All) => Render<DatasetRows>(p => p
        .Add(c => c.Dataset, new("mine", TaskKind.Text, new Dictionary<string, Split> { [Dataset.Train] = Partial }))
        .Add(c => c.View, new DatasetView(Filter: filter)));
}
