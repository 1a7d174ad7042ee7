using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Import;

public sealed class SameFilesTests : IDisposable
{
    private static readonly ColumnMapping Text = new(TaskKind.Text, "{question}", "label");

    private readonly ImportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("same")]
    [InlineData("copy")]
    public async Task Import_TrainingRowsAsTestRows_AreRefused(string what)
    {
        string train = _bench.Write("a.csv", "question,label\na,1\nb,2\n");
        string test = what == "same" ? train : _bench.Write("b.csv", File.ReadAllText(train));
        ImportRequest request = _bench.Request(Text, train) with { Files = [new(train, "train"), new(test, "test")] };
        InputException refused = await Assert.ThrowsAsync<InputException>(() => ImportBench.ImportAsync(request));
        Assert.StartsWith("The training rows are the test rows, too", refused.Message, StringComparison.Ordinal);
        Assert.Contains("test=FILE", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Entries());
    }

    [Fact]
    public async Task Import_OneFileTwiceWithoutTestingOnTrainingRows_IsReported()
    {
        string train = _bench.Write("a.csv", "question,label\na,1\nb,2\n");
        string other = _bench.Write("b.csv", "question,label\nc,1\n");
        ImportRequest request = _bench.Request(Text, train) with
        {
            Files = [new(train, "train"), new(train, "train"), new(other, "valid"), new(other, "test")],
        };
        ImportResult result = await ImportBench.ImportAsync(request);
        Assert.Contains(result.Notes, note => note.EndsWith("is given twice, so each row counts twice.", StringComparison.Ordinal));
        Assert.Contains(result.Notes, note => note.StartsWith("Validation and test have the same rows", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Import_SomeTestRowsHaveInputsOfTrainingRows_AreCounted(bool isDryRun)
    {
        string train = _bench.Write("a.csv", "question,label\na,1\nb,2\nc,3\n");
        string test = _bench.Write("b.csv", "question,label\nb,2\nd,4\nc,1\n");
        ImportRequest request = _bench.Request(Text, train) with
        {
            Files = [new(train, "train"), new(test, "test")],
            IsDryRun = isDryRun,
        };
        ImportResult result = await ImportBench.ImportAsync(request);
        Assert.Contains(
            "test: 2 rows have the input of a training row; on these, test accuracy measures memory.", result.Notes);
    }

    [Fact]
    public async Task Import_RepeatedRowsDrawnApart_AreCountedAsThoseOfTheDataset()
    {
        string rows = _bench.Write("a.csv", "question,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"q{i % 7},x\n")));
        ImportResult result = await ImportBench.ImportAsync(_bench.Request(Text, rows));
        IEnumerable<string> shown = DatasetStatistics.Of(_bench.Load()).Repeated.LeakNotes;
        Assert.NotEmpty(shown);
        Assert.Equal(shown, result.Notes.Where(note => note.Contains("of a training row", StringComparison.Ordinal)));
    }
}
