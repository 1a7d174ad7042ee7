using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Tests.Engine.Teachers.Prompts;

public class PromptTemplateTests
{
    public static TheoryData<RowFormat> Formats() => [.. Enum.GetValues<RowFormat>()];

    /// <summary>The examples teach the form, so the original's rules must read each of them back.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void BuiltIn_WorkedExamples_AreReadBackByTheParser(RowFormat format)
    {
        PromptTemplate template = BuiltInTemplates.All.First(t => t.Name == BuiltInTemplates.NameOf(BuiltInTemplates.KindOf(format)));
        Assert.Empty(template.Problems());
        Prompt prompt = Prompt.Of(template, format, new Row("A new row", "label"));
        Assert.Equal(template.Examples.Count, prompt.Examples.Count);
        foreach ((PromptExample example, (string _, string answered)) in template.Examples.Zip(prompt.Examples))
        {
            Assert.Equal(new TeacherAnswer(example.Rationale, example.Label), CompletionParser.Parse(format, "palm", answered));
        }

        Assert.Contains(CompletionForm.Describe(format), prompt.Instructions, StringComparison.Ordinal);
        Assert.StartsWith(prompt.Instructions, prompt.AsText(), StringComparison.Ordinal);
        Assert.EndsWith(prompt.Row, prompt.AsText(), StringComparison.Ordinal);
    }

    [Fact]
    public void BuiltIn_EveryTemplate_IsUsable() => Assert.Empty(BuiltInTemplates.All.SelectMany(t => t.Problems()));

    [Fact]
    public void Of_NewRow_NeverRevealsTheTruth()
    {
        foreach (PromptTemplate template in BuiltInTemplates.All.Where(t => t.Purpose == PromptPurpose.Answer))
        {
            Assert.DoesNotContain(
                "secret", Prompt.Of(template, RowFormat.Equation, new Row("2 and 3", "secret")).AsText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_BracesInTheRow_AreUnchanged()
    {
        PromptTemplate template = BuiltInTemplates.All.First(t => t.Name == "equation-zero-shot");
        Assert.Equal(
            "Q: What is {label} in {input}?\nA:", Prompt.Of(template, RowFormat.Equation, new Row("What is {label} in {input}?", "x")).Row);
    }

    [Fact]
    public void Of_Inference_SeparatesPremiseAndHypothesis()
    {
        PromptTemplate template = BuiltInTemplates.All.First(t => t.Name == "inference-rationalise");
        Assert.Equal(
            "Premise: It rains.\nHypothesis: It is wet.\nThe right answer: entailment\nReason:",
            Prompt.Of(template, RowFormat.InferenceSentence, new Row("It rains.</s>It is wet.", "entailment")).Row);
    }

    [Fact]
    public void Save_ChangedTemplate_IsTheNextVersionAndKeepsOldOnes()
    {
        using var folder = new TempFolder();
        var store = new TemplateStore(folder.Home);
        PromptTemplate first = store.Find("equation");
        Assert.Equal(first, store.Save(first));
        PromptTemplate second = store.Save(first with { Instructions = "Solve it. {form}" });
        Assert.Equal("equation@2", second.Id);
        Assert.Equal("Solve it. {form}", store.Find("equation").Instructions);
        Assert.Equal(first.Instructions, store.Find("equation@1").Instructions);
        Assert.Equal(3, store.Save(first).Version);
        File.WriteAllText(folder[Path.Combine("teachers", "templates", "broken@1.json")], "{");
        Assert.DoesNotContain(store.List(), t => t.Name == "broken");
        Assert.Contains("broken@1.json", Assert.Throws<InputException>(() => store.Find("broken@1")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Q: {inptu}", "{inptu}")]
    [InlineData("Q: {question} {label}", "give the right answer away")]
    [InlineData("Q:", "does not show the row")]
    public void Problems_BadRowForm_NamesTheFix(string form, string expected)
    {
        PromptTemplate template = BuiltInTemplates.All[0] with { RowForm = form };
        Assert.Contains(template.Problems(), problem => problem.Contains(expected, StringComparison.Ordinal));
    }
}
