using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Import;

/// <summary>A teacher's answers in separate columns, or in files next to the rows.</summary>
public sealed class TeacherFileTests : IDisposable
{
    private static readonly ColumnMapping Mapping = new(TaskKind.Text, "{question}", "label") { Teacher = "large" };

    private readonly ImportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Import_TeachersColumns_BecomeItsAnswers()
    {
        string file = _bench.Write("a.csv", "question,label,guess,why\na,1,1,Since a.\nb,2,,\n");
        ImportResult result = await ImportBench.ImportAsync(
            ImportBench.Plain(_bench.Request(Mapping with { TeacherLabel = "guess", TeacherRationale = "why" }, file)));
        Assert.Equal([new("Since a.", "1"), new("", "")], Answers());
        Assert.Equal(new(1, 1), result.BlankAnswers["large"]);
    }

    [Fact]
    public async Task Import_CompletionsInTheOrderOfTheRows_AreParsedAndSurviveRejectedRows()
    {
        string file = _bench.Write("a.csv", "question,label\na,1\nb,\nc,3\nd,4\n");
        string first = _bench.Write("train_CoT_0.json", """["A is one. So the answer is 1.", "B. So the answer is 2."]""");
        string second = _bench.Write("train_CoT_10.json", """["D has no mark"]""");
        string middle = _bench.Write("train_CoT_2.json", """["C is three.\nThe answer is 3"]""");
        await ImportBench.ImportAsync(
            ImportBench.Plain(_bench.Request(Mapping, file)) with { TeacherFiles = [new(second), new(first), new(middle)] }, accepts: true);
        Assert.Equal([new("A is one.", "1"), new("C is three.", "3"), new("D has no mark", "")], Answers());
    }

    [Fact]
    public async Task Import_FilesOfATeacherWithoutName_IsRefused()
    {
        string file = _bench.Write("a.csv", "question,label\na,1\nb,2\n");
        ImportRequest request = ImportBench.Plain(_bench.Request(Mapping with { Teacher = null }, file)) with
        {
            TeacherFiles = [new(_bench.Write("t.json", """["x", "y"]"""))],
        };
        InputException refusal = await Assert.ThrowsAsync<InputException>(() => ImportBench.ImportAsync(request));
        Assert.Contains("--teacher", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["x"]""", "ends after 1 answers")]
    [InlineData("""["x", "y", "z"]""", "more answers than there are rows")]
    public async Task Import_OtherNumberOfAnswers_IsRefused(string answers, string why)
    {
        string file = _bench.Write("a.csv", "question,label\na,1\nb,2\n");
        ImportRequest request =
            ImportBench.Plain(_bench.Request(Mapping, file)) with { TeacherFiles = [new(_bench.Write("t.json", answers))] };
        Assert.Contains(
            why, (await Assert.ThrowsAsync<InputException>(() => ImportBench.ImportAsync(request))).Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Entries());
    }

    [Fact]
    public async Task Import_AnswersJoinedByKey_MatchTheirRowsInAnyOrder()
    {
        string file = _bench.Write("a.csv", "id,question,label\n1,a,x\n2,b,y\n3,c,z\n");
        string teacher = _bench.Write("t.jsonl", """
            {"id":3,"text":"Third.","out":"z"}
            {"id":1,"text":"First.","out":"x"}
            {"id":1,"text":"Again.","out":"x"}
            """);
        ImportResult result = await ImportBench.ImportAsync(
            ImportBench.Plain(_bench.Request(Mapping with { Key = "id", TeacherLabel = "out", TeacherRationale = "text" }, file)) with
            {
                TeacherFiles = [new(teacher)],
            },
            accepts: true);
        Assert.Equal([new("First.", "x"), new("", ""), new("Third.", "z")], Answers());
        Assert.Equal("id 1 occurs again", Assert.Single(result.Rejected.First).Reason);
    }

    [Fact]
    public async Task Import_TeacherOfEachSplit_IsFoundByTheName()
    {
        string train = _bench.Write("train.csv", "question,label\na,1\n");
        string test = _bench.Write("test.csv", "question,label\nb,2\n");
        await ImportBench.ImportAsync(_bench.Request(Mapping, train, test) with
        {
            TeacherFiles = [
                new(_bench.Write("t/test_CoT_0.json", """["T. The answer is 2."]""")),
                new(_bench.Write("t/train_CoT_0.json", """["R. The answer is 1."]""")),
            ],
        });
        Assert.Equal([new("R.", "1")], Answers());
        Assert.Equal([new("T.", "2")], _bench.Load().Splits["test"].Teachers["large"]);
    }

    private IReadOnlyList<TeacherAnswer> Answers() => _bench.Load().Splits["train"].Teachers["large"];
}
