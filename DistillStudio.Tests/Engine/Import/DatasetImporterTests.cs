using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Import;

public sealed class DatasetImporterTests : IDisposable
{
    private static readonly ColumnMapping Text = new(TaskKind.Text, "{question}", "label");

    private readonly ImportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Import_RowsThatCannotBeUsed_AreListedByLineWithTheirReason()
    {
        string file = _bench.Write("a.jsonl", """
            {"q":"One and one?","answer":"1+1"}
            not json
            {"q":" ","answer":"2"}
            {"q":"Two?"}
            [1]
            {"q":"Three?","answer":"three"}
            {"q":"Four?","answer":""}
            {"q":"Nul \u0000?","answer":"5"}
            {"q":"Half \ud800?","answer":"5"}
            """);
        ImportResult result = await ImportBench.ImportAsync(
            ImportBench.Plain(_bench.Request(new(TaskKind.Equation, "{q}", "answer"), file)), accepts: true);
        Assert.Equal(
            [
                (2, "not valid JSON at byte 2; fix or remove the line"),
                (3, "the input is blank"),
                (4, "has no answer"),
                (5, "is not a row; give an object in braces"),
                (6, "the label three cannot be evaluated as arithmetic"),
                (7, "the label is blank"),
                (8, "the input holds a NUL character"),
                (9, "the input is not valid Unicode"),
            ],
            result.Rejected.First.Select(row => (row.Line, row.Reason)));
        Assert.Equal(new("One and one?", "1+1"), Assert.Single(_bench.Load().Splits["train"].Rows));
    }

    [Fact]
    public async Task Import_ManyRejected_ListsTheFirstHundredAndRequiresConfirmation()
    {
        string file = _bench.Write(
            "a.csv", "question,label\n" + string.Concat(Enumerable.Range(0, 150).Select(_ => "a,b,c\n")) + "a,b\na,b\na,b\n");
        TooManyRejectedException refused = await Assert.ThrowsAsync<TooManyRejectedException>(
            () => ImportBench.ImportAsync(_bench.Request(Text, file)));
        Assert.Equal((150, 100), (refused.Result.Rejected.Count, refused.Result.Rejected.First.Count));
        Assert.Equal("has 3 fields where the header has 2", refused.Result.Rejected.First[0].Reason);
        Assert.Empty(_bench.Entries());
        await ImportBench.ImportAsync(_bench.Request(Text, file), accepts: true);
        Assert.Equal(["mine"], _bench.Entries());
    }

    [Theory]
    [InlineData("What is one?,1\nWhat is two?,2\n", "\"What is one?\" reads like content")]
    [InlineData("yes,no\nmaybe,no\nyes,yes\n", "\"yes\" reads like content")]
    [InlineData("question,1 + 2\na,3\nb,4\n", "\"1 + 2\" reads like content")]
    public async Task Import_TableWithoutAHeader_SaysThatItsFirstLineIsNotARow(string text, string note)
    {
        string[] columns = text.Split('\n')[0].Split(',');
        string file = _bench.Write("a.csv", text);
        ImportResult result = await ImportBench.ImportAsync(
            ImportBench.Plain(_bench.Request(new(TaskKind.Text, $"{{{columns[0]}}}", columns[1]), file)));
        Assert.Contains(result.Notes, said => said.Contains(note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TaskKind.Text, "yes", "Yes", "Labels that differ only in capitals or spaces are different answers: Yes and yes.")]
    [InlineData(TaskKind.Text, "not  sure", "not sure", "Labels that differ only in capitals or spaces are different answers")]
    [InlineData(TaskKind.Text, "yes", "no", null)]
    [InlineData(TaskKind.Equation, "1 +  2", "1 + 2", null)]
    public async Task Import_LabelsSpeltInTwoWays_AreReported(TaskKind task, string first, string second, string? note)
    {
        string file = _bench.Write("a.csv", $"question,label\na,{first}\nb,{second}\nc,{first}\n");
        ImportResult result = await ImportBench.ImportAsync(_bench.Request(new(task, "{question}", "label"), file));
        Assert.Equal(
            note is not null, result.Notes.Any(said => said.StartsWith(note ?? "Labels that differ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Import_SeveralFiles_AreTheSplitsOfTheirNames()
    {
        string train = _bench.Write("my-training.csv", "question,label\na,1\nb,2\n");
        string valid = _bench.Write("dev.csv", "question,label\nc,3\n");
        string test = _bench.Write("other.csv", "question,label\nd,4\n");
        ImportResult result = await ImportBench.ImportAsync(_bench.Request(Text, train, valid, $"test={test}"));
        Assert.Equal(["train 2", "valid 1", "test 1"], result.Splits.Select(split => $"{split.Key} {split.Value}"));
    }

    [Fact]
    public async Task Import_SplitColumn_AcceptsAlternativeNamesAndRejectsUnknownOnes()
    {
        string file = _bench.Write("a.csv", "question,label,fold\na,1,Training\nb,2,validation\nc,3,TEST\nd,4,development\ne,5,fold7\n");
        ImportResult result = await ImportBench.ImportAsync(_bench.Request(Text, file) with { SplitColumn = "fold" }, accepts: true);
        Assert.Equal(["train 1", "valid 2", "test 1"], result.Splits.Select(split => $"{split.Key} {split.Value}"));
        Assert.Contains("\"fold7\"", Assert.Single(result.Rejected.First).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_DrawnSplits_AreDisjointExactAndTheSameWithTheSameSeed()
    {
        string file = _bench.Write(
            "a.csv", "question,label,why\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"q{i},l{i},w{i}\n")));
        ImportRequest request = _bench.Request(Text with { Rationale = "why" }, file) with { ValidShare = 0.2, TestShare = 0.3, Seed = 7 };
        await ImportBench.ImportAsync(request);
        Dataset first = _bench.Load();
        Assert.Equal([50, 20, 30], new[] { "train", "valid", "test" }.Select(split => first.Splits[split].Rows.Count));
        Assert.Equal(100, first.Splits.Values.SelectMany(split => split.Rows).Distinct().Count());
        Assert.All(first.Splits.Values, split =>
            Assert.All(split.Rows.Zip(split.Teachers["own"]), pair =>
                Assert.Equal((pair.First.Input[1..], pair.First.Label), (pair.Second.Rationale[1..], pair.Second.Label))));
        await ImportBench.ImportAsync(request with { Name = "again" });
        Assert.Equal(first.Splits["test"].Rows, DatasetReader.Load("again", _bench.DataDir).Splits["test"].Rows);
        await ImportBench.ImportAsync(request with { Name = "other", Seed = 8 });
        Assert.NotEqual(first.Splits["test"].Rows, DatasetReader.Load("other", _bench.DataDir).Splits["test"].Rows);
    }

    [Fact]
    public async Task Import_ChoicesByLetterInNestedJson_BecomeTheMethodsInputAndTheAnswersText()
    {
        string file = _bench.Write("a.jsonl", """
            {"question":"Where?","choices":{"label":["A","B"],"text":["here","there"]},"answerKey":"B"}
            {"question":"Who?","choices":{"label":["A","B"],"text":["me","you"]},"answerKey":"A"}
            """);
        Assert.Equal(
            [new("Where?\nAnswer Choices:\n(a) here\n(b) there", "there"), new("Who?\nAnswer Choices:\n(a) me\n(b) you", "me")],
            await _bench.RowsAsync(file));
    }

    [Fact]
    public async Task Import_LabelOutsideTheChoices_IsRejected()
    {
        string file = _bench.Write("a.jsonl", """{"question":"Where?","options":["here","there"],"answer":"nowhere"}""");
        InputException refused = await Assert.ThrowsAsync<InputException>(
            () => ImportBench.ImportAsync(_bench.Request(new(TaskKind.MultipleChoice, "{question}", "answer", "options"), file)));
        Assert.Contains("line 1: the label nowhere is not among the choices", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_NumbersAndBooleansAsLabels_AreTheirText()
    {
        string file = _bench.Write("a.jsonl", """
            {"question":"a","label":true}
            {"question":"b","label":1.50}
            {"question":"c","label":-3}
            """);
        Assert.Equal(["true", "1.50", "-3"], (await _bench.RowsAsync(file, Text)).Select(row => row.Label));
    }

    [Fact]
    public async Task Import_TheWrittenDataset_HasACardAndTrains()
    {
        string file = _bench.Write("a.csv", "question,label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"q{i},l\n")));
        await ImportBench.ImportAsync(_bench.Request(Text, file));
        DatasetCard card = DatasetCard.Read(Path.Combine(_bench.DataDir, "mine"))!;
        Assert.Equal(
            ("a.csv", new FileInfo(file).Length, 64), (card.Sources[0].File, card.Sources[0].Bytes, card.Sources[0].Sha256.Length));
        Assert.Equal(Text, card.Mapping);
        TrainingData data = TrainingData.Select(_bench.Load(), new());
        Assert.Equal((16, 2, 2), (data.Train.Count, data.Valid.Count, data.Test.Count));
        Assert.Contains(DatasetCatalog.In(_bench.DataDir), info => info is { Name: "mine", HasValidFile: true, TrainRows: 16 });
    }

    [Fact]
    public async Task Import_DryRun_CountsTheSameAndWritesNothing()
    {
        string file = _bench.Write("a.csv", "question,label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"q{i},l\n")));
        ImportResult dry = await ImportBench.ImportAsync(_bench.Request(Text, file) with { IsDryRun = true });
        Assert.Empty(_bench.Entries());
        Assert.Equal((await ImportBench.ImportAsync(_bench.Request(Text, file))).Splits, dry.Splits);
    }

    [Fact]
    public async Task Import_Cancelled_LeavesNothing()
    {
        string file = _bench.Write("a.csv", "question,label\n" + string.Concat(Enumerable.Repeat("q,l\n", 50_000)));
        using var stop = new CancellationTokenSource();
        ImportRequest request = _bench.Request(Text, file);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DatasetImporter.ImportAsync(request, null, progress => stop.Cancel(), stop.Token));
        Assert.Empty(_bench.Entries());
    }

    [Fact]
    public async Task Import_DatasetCannotBeWritten_DoesNotBlameTheSource()
    {
        string rows = string.Concat(Enumerable.Repeat("q,l,train\n", 200_000));
        string file = _bench.Write("a.csv", $"question,label,fold\n{rows}q,l,test\n");
        ImportRequest request = _bench.Request(Text, file) with { SplitColumn = "fold" };
        StudioException refusal = await Assert.ThrowsAsync<StudioException>(
            () => DatasetImporter.ImportAsync(request, null, progress => Obstruct(), TestContext.Current.CancellationToken));
        Assert.StartsWith("mine cannot be written", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(file, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Entries());

        void Obstruct()
        {
            string staging = Directory.EnumerateDirectories(_bench.DataDir, ".import-*").Single();
            Directory.CreateDirectory(Path.Combine(staging, "mine", "mine_test.json")); // in the place of the next split's file
        }
    }

    [Fact]
    public async Task Import_AfterAKilledProcess_RemovesItsLeftovers()
    {
        Directory.CreateDirectory(Path.Combine(_bench.DataDir, ".import-dead", "undivided"));
        await ImportBench.ImportAsync(_bench.Request(Text, _bench.Write("a.csv", "question,label\na,b\nc,d\ne,f\n")));
        Assert.Equal(["mine"], _bench.Entries());
    }

    [Theory]
    [InlineData("../evil", "cannot be a dataset's name")]
    [InlineData("a/b", "cannot be a dataset's name")]
    [InlineData("", "cannot be a dataset's name")]
    [InlineData("dot.", "cannot be a dataset's name")]
    [InlineData("cqa", "belongs to a supported dataset")]
    [InlineData("Demo", "belongs to a supported dataset")]
    [InlineData("gpt-neox", "reserved")]
    [InlineData("NUL", "reserved")]
    [InlineData("Taken", "already exists")]
    public async Task Import_InvalidName_IsRefused(string name, string why)
    {
        Directory.CreateDirectory(Path.Combine(_bench.DataDir, "taken"));
        string file = _bench.Write("a.csv", "question,label\na,b\nc,d\ne,f\n");
        Assert.Contains(
            why,
            (
                await Assert.ThrowsAsync<InputException>(
                    () => ImportBench.ImportAsync(_bench.Request(Text, file) with { Name = name }))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_DamagedCard_NamesTheFixAndStaysInTheList()
    {
        _bench.Write("datasets/mine/dataset.json", "{ \"name\": ");
        Assert.Contains("restore it", Assert.Throws<InputException>(() => _bench.Load()).Message, StringComparison.Ordinal);
        DatasetInfo info = Assert.Single(DatasetCatalog.In(_bench.DataDir), info => info.Name == "mine");
        Assert.Contains("restore it", Assert.Single(DatasetContents.Of(info, _bench.DataDir).Notes), StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    [Trait("Needs", "shared")]
    public async Task Import_TheOriginalsCqa_GivesTheRowsOfItsReader()
    {
        string data = SharedFolder.Find("data");
        IReadOnlyList<Row> rows = await _bench.RowsAsync(Path.Combine(data, "cqa", "cqa_test.json"));
        Assert.Equal(DatasetReader.Load("cqa", data, []).Splits["test"].Rows, rows);
    }
}
