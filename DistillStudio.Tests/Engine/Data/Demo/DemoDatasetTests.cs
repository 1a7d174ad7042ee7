using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;

namespace DistillStudio.Tests.Engine.Data.Demo;

public sealed partial class DemoDatasetTests
{
    private static readonly Dataset Demo = DemoDataset.Create();

    private static IEnumerable<(Row Row, TeacherAnswer Answer)> All =>
        Demo.Splits.Values.SelectMany(s => s.Rows.Zip(s.Teachers[DemoDataset.Teacher]));

    [Fact]
    public void Create_OnAnyMachine_GivesTheSameText()
    {
        var text = new StringBuilder();
        foreach ((Row row, TeacherAnswer answer) in All)
        {
            text.Append($"{row.Input}|{row.Label}|{answer.Rationale}|{answer.Label}\n");
        }

        // After a change of words or templates: run Data/Demo/Model/train-tokenizer.sh, measure the demo again, then update this figure.
        Assert.Equal(
            "ed2d5e2ebf5d17e1bc9215f466123174fa77c2089f3d61f02b3310a0826ff018",
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))));
    }

    [Theory]
    [InlineData(Dataset.Train, 2000)]
    [InlineData(Dataset.Valid, 200)]
    [InlineData(Dataset.Test, 500)]
    public void Splits_HaveTheirRows_AndOneAnswerPerRow(string split, int rows)
    {
        Assert.Equal(TaskKind.Equation, Demo.Task);
        Assert.Equal(rows, Demo.Splits[split].Rows.Count);
        Assert.Equal(rows, Assert.Single(Demo.Splits[split].Teachers).Value.Count);
    }

    [Fact]
    public void Inputs_OverAllSplits_AreDistinct() =>
        Assert.Equal(All.Count(), All.Select(r => r.Row.Input).Distinct().Count());

    [Fact]
    public void Labels_AreTidyEquations_OfEveryKind()
    {
        DemoEquation[] equations = [.. All.Select(r => Parse(r.Row.Label))];
        Assert.All(equations, e => Assert.True(e.IsTidy, e.ToString()));
        Assert.All(equations.Zip(All), pair => Assert.Equal(pair.Second.Row.Label, pair.First.ToString()));
        string[] wanted = [.. DemoProblem.Kinds.SelectMany(k => k).Select(t => t.Operators).Distinct().Order()];
        Assert.Equal(wanted, equations.Select(e => e.Operators).Distinct().Order());
    }

    [Fact]
    public void Inputs_HoldTheNumbersOfTheirLabel_AndOneThatDistracts()
    {
        Assert.All(All, r =>
        {
            string[] used = Numbers(r.Row.Label);
            string[] seen = Numbers(r.Row.Input);
            Assert.Empty(used.Except(seen));
            Assert.Single(seen.Except(used));
            Assert.Equal(seen.Length, seen.Distinct().Count());
        });
    }

    [Fact]
    public void Rationales_NameTheNumbersOfTheTeachersLabel_AndEndInItsEquation()
    {
        Assert.All(All, r =>
        {
            Assert.Equal(
                Numbers(r.Answer.Label).Order(),
                Numbers(r.Answer.Rationale[..r.Answer.Rationale.IndexOf(':', StringComparison.Ordinal)]).Order());
            Assert.EndsWith($": {r.Answer.Label[2..^2]}.", r.Answer.Rationale, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Texts_AreFilledCompletely_AndQuestionsStandOnTheirOwnLine()
    {
        Assert.All(All, r =>
        {
            Assert.DoesNotContain(r.Row.Input + r.Answer.Rationale, c => c is '{' or '}');
            Assert.Matches(@"^[^\n]+\.\nHow many [^\n]+\?$", r.Row.Input);
        });
    }

    [Theory]
    [InlineData(Dataset.Train)]
    [InlineData(Dataset.Valid)]
    [InlineData(Dataset.Test)]
    public void Teacher_IsWrongOneTimeInFive(string split)
    {
        IReadOnlyList<TeacherAnswer> answers = Demo.Splits[split].Teachers[DemoDataset.Teacher];
        double wrong = Demo.Splits[split].Rows.Zip(answers).Count(
            r => Math.Abs(Parse(r.First.Label).Value - Parse(r.Second.Label).Value) > 1e-6);
        Assert.Equal(0.2, wrong / answers.Count, 3);
    }

    private static string[] Numbers(string text) => [.. Digits().Matches(text).Select(m => m.Value)];

    private static DemoEquation Parse(string label)
    {
        int[] numbers = [.. Numbers(label).Select(int.Parse)];
        string operators = string.Concat(label.Where(c => c is '+' or '-' or '*' or '/'));
        return new(operators, numbers[0], numbers[1], numbers.Length > 2 ? numbers[2] : 0);
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
