using DistillStudio.Components.Pages.Runs;
using DistillStudio.Components.Pages.Runs.Filters;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Runs.Filters;

public sealed class RunFilterTests
{
    private static readonly RunSummary[] Runs =
    [
        Of("a", "svamp", 0.3, 0.684) with { Tags = ["grid", "paper"], Elapsed = 5400, StartedAt = At(1) },
        Of("b", "svamp", 0.7, 0.7) with { Notes = "worth a look", Elapsed = 30, StartedAt = At(2) },
        Of("c", "cqa", 0.5, null) with { State = RunState.Failed, StartedAt = At(3) },
        RunScript.Summary(
            "d", RunState.Finished, RunScript.Spec() with { Method = MethodNames.Standard, Teacher = null, Dataset = "esnli" })
            with { StartedAt = At(1) },
    ];

    [Theory]
    [InlineData("alpha > 0.3", "b c")]
    [InlineData("alpha >= .3", "a b c")]
    [InlineData("Alpha=0.30", "a")]
    [InlineData("alpha > 0.3 and dataset = svamp", "b")]
    [InlineData("dataset = cqa or dataset = svamp and alpha < 0.5", "a c")]
    [InlineData("(dataset = cqa or dataset = svamp) and alpha < 0.6", "a c")]
    [InlineData("not dataset = svamp", "c d")]
    [InlineData("NOT (dataset = svamp OR state = failed)", "d")]
    [InlineData("not not alpha = 0.7", "b")]
    [InlineData("alpha != 0.3", "b c d")]
    [InlineData("alpha = none", "d")]
    [InlineData("test != none", "a b")]
    [InlineData("test >= 70%", "b")]
    [InlineData("test > 0.69", "b")]
    [InlineData("test = 68.4 %", "a")]
    [InlineData("dataset ~ '^(sv|cq)a'", "a b c")]
    [InlineData("tags = GRID", "a")]
    [InlineData("notes ~ worth", "b")]
    [InlineData("state = Failed", "c")]
    [InlineData("method = \"Step-by-step\"", "a b c")]
    [InlineData("method = task_prefix", "a b c")]
    [InlineData("duration > 1h", "a")]
    [InlineData("took = 30s", "b")]
    [InlineData("started > 2026-03-01", "b c")]
    [InlineData("started = 2026-03-02", "b")]
    [InlineData("name = 'none'", "")]
    [InlineData("'learning rate' > 0 and batch_size > 0", "a b c d")]
    public void Parse_Expression_PassesTheRunsItDescribes(string text, string expected)
    {
        Func<RunSummary, bool> condition = RunFilter.Parse(text);

        Assert.Equal(expected, string.Join(' ', Runs.Where(condition).Select(run => run.Id)));
    }

    [Theory]
    [InlineData("alpha >", "Character 8: a value is missing after alpha >")]
    [InlineData("alpha 0.3", "Character 7: an operator is missing after alpha")]
    [InlineData("alpha > high", "Character 9: alpha is compared with a number, and high is none")]
    [InlineData("alpha > NaN", "Character 9: alpha is compared with a number")]
    [InlineData("alhpa > 1", "Character 1: alhpa is no setting or metric; did you mean alpha?")]
    [InlineData("alpha => 1", "Character 7: => is no operator; write =, !=")]
    [InlineData("(alpha > 1", "Character 11: the parenthesis of character 1 is not closed")]
    [InlineData("alpha > 1)", "Character 10: this parenthesis closes nothing")]
    [InlineData("alpha > 1 dataset = svamp", "Character 11: dataset is not expected here; join conditions")]
    [InlineData("alpha > 1 and", "Character 14: a condition is missing before the end")]
    [InlineData("and alpha > 1", "Character 1: a condition is missing before and")]
    [InlineData("dataset > svamp", "Character 9: dataset is a text and has no order")]
    [InlineData("dataset = 'svamp", "Character 11: this quote is not closed")]
    [InlineData("name ~ '(a'", "Character 8: (a is no regular expression: a closing parenthesis is missing")]
    [InlineData("name ~ '(?=a)b'", "Character 8: (?=a)b uses a back-reference")]
    [InlineData("test > 68", "Character 8: test is a share from 0 to 1; write 68% for percent")]
    [InlineData("started > soon", "Character 11: soon is no date")]
    [InlineData("()", "Character 2: a condition is missing")]
    public void Parse_WrongExpression_NamesPlaceAndMendInOneSentence(string text, string expected)
    {
        InputException problem = Assert.Throws<InputException>(() => RunFilter.Parse(text));

        Assert.StartsWith(expected, Assert.Single(problem.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(", 600)]
    [InlineData("not ", 240)]
    [InlineData("x", 2000)]
    [InlineData("\"", 999)]
    [InlineData("alpha>1 or ", 80)]
    [InlineData("\ud83d", 3)]
    public void Parse_HostileText_IsRefusedNotSuffered(string part, int times) =>
        Assert.Throws<InputException>(() => RunFilter.Parse(string.Concat(Enumerable.Repeat(part, times))));

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(.*a){12}$")]
    public void Pattern_Catastrophic_IsDecidedOrRefused(string pattern)
    {
        RunSummary run = RunScript.Summary("x1", RunState.Finished) with { Name = "x1", Notes = new string('a', 5000) + "!" };

        FoundRuns found = RunsQuery.Find(new RunsView { Search = pattern, IsPattern = true }, [run], new HashSet<string>());

        Assert.True(found.Runs.Count == 0 || found.SearchProblem is not null);
    }

    [Fact]
    public void Pattern_TimeUsed_IsOneSentence()
    {
        var pattern = TextPattern.Parse("a", TimeSpan.FromTicks(1));

        InputException problem = Assert.Throws<InputException>(
            () => Enumerable.Range(0, 10_000).Count(_ => pattern.IsMatch(new string('b', 10_000))));
        Assert.Equal("a takes too long on these runs; write a simpler pattern.", problem.Problems[0]);
    }

    [Theory]
    [InlineData("(", "")]
    [InlineData("", "alpha >")]
    public void Find_WrongSearchOrFilter_KeepsTheRunsAndSaysWhy(string search, string filter)
    {
        FoundRuns found = RunsQuery.Find(
            new RunsView { Search = search, IsPattern = true, Filter = filter }, Runs, new HashSet<string>());

        Assert.Equal(Runs.Length, found.Runs.Count);
        Assert.StartsWith("Not applied. ", found.SearchProblem ?? found.FilterProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void Field_EverySettingAndColumn_HasOne()
    {
        Assert.All(SettingsTable.OfResult, setting => Assert.NotNull(FilterField.Find(setting.JsonName)));
        Assert.All(RunColumn.All, column => Assert.NotNull(FilterField.Find(column.Key)));
    }

    private static RunSummary Of(string id, string dataset, double alpha, double? test) => RunScript.Summary(
        id, RunState.Finished,
        RunScript.Spec() with { Method = MethodNames.TaskPrefix, Teacher = "palm", Dataset = dataset, Alpha = alpha }) with
    {
        TestAccuracy = test,
    };

    private static DateTimeOffset At(int day) => new(2026, 3, day, 12, 0, 0, TimeSpan.Zero);
}
