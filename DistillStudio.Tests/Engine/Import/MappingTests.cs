using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Import;

public class MappingTests
{
    [Theory]
    [InlineData("{a}", "1")]
    [InlineData("{a} and { b }{a}", "1 and 21")]
    [InlineData("{{{a}}}", "{1}")]
    [InlineData("{a}\\n{{b}}", "1\n{b}")]
    [InlineData("{a}</s>{b}", "1</s>2")]
    public void Fill_Template_ReplacesColumnsAndKeepsEscapedBraces(string template, string text) =>
        Assert.Equal(text, new InputTemplate(template).Fill(column => column == "a" ? "1" : "2"));

    [Theory]
    [InlineData("{a", "without a column")]
    [InlineData("{}", "without a column")]
    [InlineData("a}", "not open")]
    [InlineData("plain", "names no column")]
    [InlineData("{{a}}", "names no column")]
    [InlineData("", "names no column")]
    public void Template_Invalid_NamesTheFix(string template, string why) =>
        Assert.Contains(why, Assert.Throws<InputException>(() => new InputTemplate(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("id,question,answer", "1,What is two and three?,2 + 3", TaskKind.Equation, "{question}", "answer")]
    [InlineData("premise,hypothesis,label", "A dog runs.,An animal moves.,0", TaskKind.Inference, "{premise}</s>{hypothesis}", "label")]
    [InlineData("sentence,label", "I like it.,positive", TaskKind.Text, "{sentence}", "label")]
    [InlineData("context,question,answer", "A story.,Who?,The dog", TaskKind.Text, "{context}\\n{question}", "answer")]
    [InlineData("review,stars", "It was long and I liked it.,5", TaskKind.Text, "{review}", "stars")]
    public void Propose_NamesAndValues_FindTaskInputAndLabel(string header, string row, TaskKind task, string input, string label)
    {
        ColumnMapping mapping = MappingProposal.Propose([Row(header, row)]);
        Assert.Equal((task, input, label), (mapping.Task, mapping.Input, mapping.Label));
    }

    [Theory]
    [InlineData("Aufgabe,Lösung,Bemerkung", "Anna hat 1 und 2.,1 + 2,gut", "Jörg hat 3 und 4.,3 + 4,gut", "Lösung", TaskKind.Equation)]
    [InlineData("Frage,Antwort,Nr", "Wer ist da?,Anna,7", "Wer kommt noch?,Jörg,8", "Antwort", TaskKind.Text)]
    [InlineData("reply,question", "Anna,Who is there?", "Jörg,Who else is coming?", "reply", TaskKind.Text)]
    public void Propose_UnknownNames_TakesTheLastColumnThatMayHoldAnswers(
        string header, string first, string second, string label, TaskKind task)
    {
        ColumnMapping mapping = MappingProposal.Propose([Row(header, first), Row(header, second)]);
        Assert.Equal((label, task), (mapping.Label, mapping.Task));
    }

    [Fact]
    public void Propose_ColumnOfListsAndOneOfTheirValues_AreChoicesAndLabel()
    {
        SourceRow[] rows = [.. Enumerable.Range(0, 3).Select(i => new SourceRow("f", i, i + 1, new Dictionary<string, Cell>
        {
            ["stem"] = new($"Which of these is it, number {i}?"),
            ["possible"] = new(null, ["a", "b", "c"]),
            ["right"] = new(i % 2 == 0 ? "a" : "c"),
            ["explanation"] = new("Because."),
            ["teacher_label"] = new("a"),
        }))];
        ColumnMapping mapping = MappingProposal.Propose(rows);
        Assert.Equal(
            new ColumnMapping(
                TaskKind.MultipleChoice, "{stem}", "right",
                "possible")
            { Rationale = "explanation", Teacher = "teacher", TeacherLabel = "teacher_label" },
            mapping);
    }

    [Theory]
    [InlineData("[\"a\", \"b\"]", "a|b")]
    [InlineData("['a', 'b']", "a|b")]
    [InlineData("a | b | c", "a|b|c")]
    [InlineData("just text", "")]
    [InlineData("[not a list]", "")]
    public void Parse_ListWrittenAsText_GivesItsItems(string text, string items) =>
        Assert.Equal(items, string.Join('|', ChoiceList.Parse(text)));

    [Theory]
    [InlineData("b,a,c", ChoiceLabels.Letter)]
    [InlineData("0,2,1", ChoiceLabels.FromZero)]
    [InlineData("1,3,2", ChoiceLabels.FromOne)]
    [InlineData("red,blue,red", ChoiceLabels.Text)]
    public void FormOf_Labels_IsHowTheyNameChoices(string labels, ChoiceLabels form) =>
        Assert.Equal(
            form, ChoiceList.FormOf([.. labels.Split(',').Select(label => ((IReadOnlyList<string>)["red", "green", "blue"], label))]));

    [Fact]
    public void Mapper_ContradictoryMapping_ListsEveryProblem()
    {
        InputException refused = Assert.Throws<InputException>(
            () => new RowMapper(new(TaskKind.MultipleChoice, "{a}", "b") { Teacher = "../x", TeacherLabel = "c" }));
        Assert.Equal(2, refused.Problems.Count);
    }

    [Theory]
    [InlineData("{text}", "text", null, "the student would read the answer")]
    [InlineData("{story} {text}", "text", null, "The input contains text")]
    [InlineData("{story}", "text", "text", "both label and rationale")]
    public void Mapper_OneColumnInTwoRoles_IsRefused(string input, string label, string? rationale, string why) => Assert.Contains(
        why,
        Assert.Throws<InputException>(() => new RowMapper(new(TaskKind.Text, input, label) { Rationale = rationale })).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("problem,solution", "Two and three?,5", "{problem}", "solution", null)]
    [InlineData("problem,solution,answer", "Two and three?,They add up.,5", "{problem}", "answer", "solution")]
    public void Propose_ColumnsForTwoRolesOnly_AreInputAndLabel(
        string header, string row, string input, string label, string? rationale)
    {
        ColumnMapping mapping = MappingProposal.Propose([Row(header, row)]);
        Assert.Equal((input, label, rationale), (mapping.Input, mapping.Label, mapping.Rationale));
    }

    private static SourceRow Row(string header, string row) =>
        new("f", 0, 2, header.Split(',').Zip(row.Split(',')).ToDictionary(pair => pair.First, pair => new Cell(pair.Second)));

    [Theory]
    [InlineData("{story}\\n{question}", null, "id,part")]
    [InlineData("{question}", "part", "id,story")]
    [InlineData("{story", null, "")]
    public void Of_UnusedColumns_AreNamed(string input, string? split, string unused) => Assert.Equal(
        unused.Split(',', StringSplitOptions.RemoveEmptyEntries),
        UnusedColumns.Of(
            ["id", "story", "question", "choices.text", "choices.label", "answer", "part"],
            new(TaskKind.MultipleChoice, input, "answer", "choices.text"), split));
}
