using System.Diagnostics;
using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Tests.Engine.Evaluation;

public sealed class EquationEvaluatorTests
{
    public static TheoryData<string, double?> ReferenceRows()
    {
        var rows = new TheoryData<string, double?>();
        using JsonDocument expected = JsonDocument.Parse(
            File.ReadAllBytes(FixtureFolder.Find("equations.json")));
        foreach (JsonElement row in expected.RootElement.EnumerateArray())
        {
            JsonElement value = row.GetProperty("value");
            string? words = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            rows.Add(row.GetProperty("equation").GetString()!, words switch
            {
                "inf" => double.PositiveInfinity,
                null when value.ValueKind == JsonValueKind.Number => value.GetDouble(),
                _ => null, // null, or "non-numeric: …"
            });
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(ReferenceRows))]
    public void Evaluate_ReferenceRow_GivesTheOriginalsValue(string equation, double? value) =>
        Assert.Equal(value, EquationEvaluator.Evaluate(equation));

    // Values found by Python 3.
    [Theory]
    [InlineData("-2 ** 2", -4)]
    [InlineData("2 ** 3 ** 2", 512)]
    [InlineData("2 ** -1", 0.5)]
    [InlineData("2 ^ 3", 1)]
    [InlineData("6 & 3 | 8", 10)]
    [InlineData("1 << 4 >> 2", 4)]
    [InlineData("7.5 // 2", 3)]
    [InlineData("-7.5 % 2", 0.5)]
    [InlineData("7 % -4", -1)]
    [InlineData("1 < 2 < 3", 1)]
    [InlineData("3 > 2 > 2", 0)]
    [InlineData("not 1 == 2", 1)]
    [InlineData("0 or 5", 5)]
    [InlineData("1 and 0", 0)]
    [InlineData("1 or 1/0", 1)]
    [InlineData("1 if 2 > 1 else 1/0", 1)]
    [InlineData("True + True", 2)]
    [InlineData("0x_ff", 255)]
    [InlineData("0b101", 5)]
    [InlineData("0o17", 15)]
    [InlineData("00", 0)]
    [InlineData("007.5", 7.5)]
    [InlineData(".5e1", 5)]
    [InlineData("( 1 +\n2 )", 3)]
    [InlineData("3 + 4 # seven", 7)]
    [InlineData("3 + 4\n", 7)]
    [InlineData(" \t3", 3)]
    [InlineData("9007199254740993 - 9007199254740992", 1)]
    [InlineData("2 ** 100 / 2 ** 99", 2)]
    [InlineData("2 ** 4000 // 2 ** 3999", 2)]
    [InlineData("9007199254740993 / 7", 1286742750677284.8)]
    [InlineData("-7 / 9007199254740993", -7.771561172376095e-16)]
    [InlineData("2 ** 1100 / 2 ** 1099", 2)]
    [InlineData("1e999", double.PositiveInfinity)]
    public void Evaluate_PythonExpression_GivesPythonsValue(string equation, double value) =>
        Assert.Equal(value, EquationEvaluator.Evaluate(equation));

    [Theory]
    [InlineData("1 % 0")]
    [InlineData("1.0 // 0.0")]
    [InlineData("0 ** -1")]
    [InlineData("(-8) ** 0.5")]
    [InlineData("10.0 ** 400")]
    [InlineData("10 ** 400 + 0.5")]
    [InlineData("9 ** 9 ** 9 ** 9")]
    [InlineData("1 << 99999999999999999999")]
    [InlineData("1.5 | 2")]
    [InlineData("~1.5")]
    [InlineData("1__0")]
    [InlineData("1_")]
    [InlineData("0x")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData(".")]
    [InlineData("3j")]
    [InlineData("()")]
    [InlineData("[3]")]
    [InlineData("(1, 2)")]
    [InlineData("1 +")]
    [InlineData("1 if 1")]
    [InlineData("1 + not 1")]
    [InlineData("x := 3")]
    [InlineData("3 = 3")]
    [InlineData("lambda: 3")]
    [InlineData("1\n+ 2")]
    [InlineData("3\0")]
    [InlineData("\uD800")]
    [InlineData("\u0663 + 1")]
    [InlineData("open('x', 'w')")]
    [InlineData("(3).bit_length()")]
    public void Evaluate_NotARealNumber_GivesNull(string equation) => Assert.Null(EquationEvaluator.Evaluate(equation));

    [Theory]
    [InlineData("(", "1", ")", 3000)]
    [InlineData("-", "1", "", 9000)]
    [InlineData("2**", "2", "", 3000)]
    [InlineData("not ", "1", "", 2000)]
    [InlineData("1 if 1 else ", "1", "", 800)]
    [InlineData("(", "", "", 10_000)]
    [InlineData("9**99*", "9", "", 1600)]
    [InlineData("9**1200%7+", "9", "", 900)]
    [InlineData("9", "9", "", 9000)]
    [InlineData("0x", "", "f", 9000)]
    [InlineData("1", "", " ", 1_000_000)]
    public void Evaluate_HostileText_EndsSoonWithoutThrowing(string start, string middle, string end, int times)
    {
        string equation = string.Concat(Enumerable.Repeat(start, times)) + middle + string.Concat(Enumerable.Repeat(end, times));
        var watch = Stopwatch.StartNew();
        EquationEvaluator.Evaluate(equation);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Evaluate_RandomText_NeverThrows()
    {
        var random = new DistillStudio.Engine.Runtime.SeededRandom(1);
        const string Alphabet = "0123456789.eExXobj_+-*/%()<>=!&|^~ \n#,TrueFalsnotifrd";
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = new char[random.Next(40)];
            for (int c = 0; c < text.Length; c++)
            {
                text[c] = Alphabet[random.Next(Alphabet.Length)];
            }

            EquationEvaluator.Evaluate(new string(text));
        }
    }

    [Theory]
    [InlineData(TaskKind.Equation, "(84 / 2)", "( 84.0 / 2.0 )", true)]
    [InlineData(TaskKind.Equation, "42", "( 84.0 / 2.0 )", true)]
    [InlineData(TaskKind.Equation, "41", "( 84.0 / 2.0 )", false)]
    [InlineData(TaskKind.Equation, "abc", "abc", false)]
    [InlineData(TaskKind.Equation, " ", " ", false)]
    [InlineData(TaskKind.Equation, "1e308*10-1e308*10", "1e308*10-1e308*10", false)]
    [InlineData(TaskKind.MultipleChoice, "wooded area", "wooded area", true)]
    [InlineData(TaskKind.MultipleChoice, "Wooded area", "wooded area", false)]
    [InlineData(TaskKind.Inference, "neutral", "neutral", true)]
    [InlineData(TaskKind.Inference, "neutral ", "neutral", false)]
    public void IsCorrect_EachTask_ComparesAsTheMethodDoes(TaskKind task, string answer, string truth, bool isCorrect) =>
        Assert.Equal(isCorrect, AnswerJudge.IsCorrect(task, answer, truth));
}
