using System.IO.Compression;
using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using Parquet;
using Parquet.Schema;

namespace DistillStudio.Tests.Engine.Import;

/// <summary>The same rows in every supported form of table.</summary>
public sealed class SourceFormatTests : IDisposable
{
    private const string Csv = "question,label\nIs 1 odd?,yes\n\"Is 2, really,\nodd?\",no\nIst Ü da?,yes\n";
    private const string Lines = """
        {"question":"Is 1 odd?","label":"yes"}
        {"question":"Is 2, really,\nodd?","label":"no"}

        {"question":"Ist Ü da?","label":"yes"}
        """;

    private static readonly Row[] Rows = [new("Is 1 odd?", "yes"), new("Is 2, really,\nodd?", "no"), new("Ist Ü da?", "yes")];

    private readonly ImportBench _bench = new();

    public static TheoryData<string, byte[]> Forms => new()
    {
        { "a.csv", ImportBench.Utf8(Csv) },
        { "a.txt", ImportBench.Utf8(Csv) },
        { "bom.csv", [0xEF, 0xBB, 0xBF, .. ImportBench.Utf8(Csv)] },
        { "le.csv", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Csv)] },
        { "be.csv", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(Csv)] },
        { "le-without-mark.csv", Encoding.Unicode.GetBytes(Csv) },
        { "crlf.csv", ImportBench.Utf8(Csv.Replace("?,yes\n", "?,yes\r\n", StringComparison.Ordinal)) },
        {
            "cr.csv",
            ImportBench.Utf8(
                Csv.Replace("yes\n", "yes\r", StringComparison.Ordinal).Replace("no\n", "no\r", StringComparison.Ordinal).Replace(
                    "label\n", "label\r", StringComparison.Ordinal))
        },
        { "blank-lines.csv", ImportBench.Utf8(Csv.Replace("yes\n", "yes\n\n  \n", StringComparison.Ordinal)) },
        { "semicolon.csv", ImportBench.Utf8(Csv.Replace(",yes", ";yes", StringComparison.Ordinal).Replace(",no", ";no", StringComparison.Ordinal).Replace(",label", ";label", StringComparison.Ordinal)) },
        {
            "a.tsv",
            ImportBench.Utf8(
                Csv.Replace(",yes", "\tyes", StringComparison.Ordinal).Replace(",no", "\tno", StringComparison.Ordinal).Replace(
                    ",label", "\tlabel", StringComparison.Ordinal))
        },
        { "hinted.csv", ImportBench.Utf8("sep=,\r\n" + Csv) },
        { "hinted-bom.csv", [0xEF, 0xBB, 0xBF, .. ImportBench.Utf8("sep=,\n" + Csv)] },
        { "a.csv.gz", Packed(Csv) },
        { "a.jsonl", ImportBench.Utf8(Lines) },
        { "a.jsonl.gz", Packed(Lines) },
        { "le.jsonl", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Lines)] },
        { "crlf.jsonl", ImportBench.Utf8(Lines.Replace("}\n", "}\r\n", StringComparison.Ordinal)) },
        { "array.json", ImportBench.Utf8($"[{string.Join(",\n", Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))}]") },
        {
            "object.json",
            ImportBench.Utf8($"{{\"version\": 1,\n \"features\": [{{\"name\": \"question\"}}],\n \"data\": "
                + $"[{string.Join(",\n", Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))}], \"more\": {{}}}}")
        },
        {
            "object-on-a-line.json",
            ImportBench.Utf8($"{{\"data\": [{string.Join(",", Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))}]}}")
        },
    };

    public void Dispose() => _bench.Dispose();

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Import_EveryForm_GivesTheSameRows(string name, byte[] content) =>
        Assert.Equal(Rows, await _bench.RowsAsync(_bench.Write(name, content)));

    [Fact]
    public async Task Import_Parquet_ReadsNumbersTextsAndNestedLists()
    {
        var question = new DataField<string>("question");
        var text = new ListField("text", new DataField<string>("element"));
        var answer = new DataField<int>("answer");
        var schema = new ParquetSchema(question, new StructField("choices", text), answer);
        using var content = new MemoryStream();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(schema, content, cancellationToken: ImportBench.Token))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(question, ["One?", "Two?"]);
            await group.WriteAsync((DataField)text.Item, ["a", "b", "c", "d", "e"], new[] { 0, 1, 0, 1, 1 });
            await group.WriteAsync<int>(answer, new[] { 1, 2 }, cancellationToken: ImportBench.Token);
        }

        IReadOnlyList<Row> rows = await _bench.RowsAsync(_bench.Write("a.parquet", content.ToArray()));
        Assert.Equal([new("One?\nAnswer Choices:\n(a) a\n(b) b", "b"), new("Two?\nAnswer Choices:\n(a) c\n(b) d\n(c) e", "e")], rows);
    }

    [Fact]
    public async Task Import_TableWithTabsAndStrayQuotes_KeepsThem()
    {
        IReadOnlyList<Row> rows = await _bench.RowsAsync(_bench.Write("a.tsv", "question\tlabel\n\"Open\tyes\n5\" wide\tno\nPlain\tno\n"));
        Assert.Equal([new("\"Open", "yes"), new("5\" wide", "no"), new("Plain", "no")], rows);
    }

    [Fact]
    public async Task Import_DuplicateAndBlankHeaders_AreNumbered()
    {
        SourceSample sample = await SourceSample.ReadAsync(_bench.Write("a.csv", "text,,text\na,b,c\n"), ImportBench.Token);
        Assert.Equal(["text", "column 2", "text 2"], sample.Columns);
    }

    [Theory]
    [InlineData("a.csv", "\"Q: {x}\",\"Label\n (German)\",a\\nb\na,b,c\n")]
    [InlineData("a.jsonl", """{"Q: {x}":"a","Label\n (German)":"b","a\\nb":"c"}""")]
    public async Task Import_NamesThatNoTemplateCanHold_AreWrittenSoThatItCan(string name, string content)
    {
        SourceSample sample = await SourceSample.ReadAsync(_bench.Write(name, ImportBench.Utf8(content)), ImportBench.Token);

        Assert.Equal(["Q: (x)", "Label (German)", "a/nb"], sample.Columns);
        Assert.Equal(["Q: (x)"], new InputTemplate(MappingProposal.Propose(sample.Rows).Input).Columns);
    }

    [Fact]
    public async Task Import_RowAfterALineThatNamesTheSeparator_IsRejectedWithItsLineOfTheFile()
    {
        SourceSample sample = await SourceSample.ReadAsync(
            _bench.Write("a.csv", ImportBench.Utf8("sep=;\r\nquestion;label\r\na;b;c\r\n")), ImportBench.Token);

        Assert.Equal(3, Assert.Single(sample.Rejected).Line);
    }

    [Theory]
    [InlineData("cut.csv.gz", "file is truncated")]
    [InlineData("quote.csv", "line 3: the quote that opens here is never closed")]
    [InlineData("cut.json", "the array is not closed")]
    [InlineData("none.json", "without an array of rows")]
    [InlineData("broken.parquet", "cannot be read")]
    [InlineData("empty.csv", "is empty")]
    [InlineData("table.zip", "zip archive")]
    [InlineData("workbook.csv", "is an Excel or Word file; save its table as CSV")]
    [InlineData("paper.pdf", "is a PDF")]
    [InlineData("shot.png", "is a picture")]
    [InlineData("header.csv", "no rows")]
    [InlineData("splits.json", "several arrays of rows: train, test")]
    [InlineData("columns.json", "columns, not of rows")]
    [InlineData("frame.json", "columns, not of rows")]
    [InlineData("split-frame.json", "columns, not of rows")]
    public async Task Import_DamagedFile_IsRefused(string name, string why)
    {
        byte[] content = name switch
        {
            "cut.csv.gz" => Packed(
                string.Concat(Enumerable.Range(0, 500).Select(i => $"{i * 7919},{i}\n").Prepend("question,label\n")))[..^40],
            "quote.csv" => ImportBench.Utf8("question,label\na,b\nc,\"d\ne,f\n"),
            "cut.json" => ImportBench.Utf8("""[{"question":"a","label":"b"},"""),
            "none.json" => ImportBench.Utf8("{\n\"question\": [\"a\", \"b\"]\n}"),
            "splits.json" => ImportBench.Utf8("""{"train":[{"question":"a","label":"b"}],"test":[{"question":"c","label":"d"}]}"""),
            "columns.json" => ImportBench.Utf8("""{"question":["a","b"],"label":["c","d"]}"""),
            "frame.json" => ImportBench.Utf8("""{"question":{"0":"a","1":"b"},"label":{"0":"c","1":"d"}}"""),
            "split-frame.json" => ImportBench.Utf8("""{"columns":["question","label"],"index":[0,1],"data":[["a","c"],["b","d"]]}"""),
            "broken.parquet" => ImportBench.Utf8("PAR1 and nothing else PAR1"),
            "empty.csv" => [],
            "workbook.csv" => [0x50, 0x4B, 0x03, 0x04, .. new byte[26], .. ImportBench.Utf8("[Content_Types].xml")],
            "paper.pdf" => ImportBench.Utf8("%PDF-1.7\nquestion,label\na,b\n"),
            "shot.png" => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3],
            "header.csv" => ImportBench.Utf8("question,label\n"),
            _ => [0x50, 0x4B, 0x03, 0x04, 0, 0, 0, 0],
        };
        string file = _bench.Write(name, content);
        InputException refused = await Assert.ThrowsAnyAsync<InputException>(
            () => ImportBench.ImportAsync(_bench.Request(new(TaskKind.Text, "{question}", "label"), file)));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("mine", _bench.Entries());
    }

    [Fact]
    public async Task Import_ObjectAroundTheRows_TakesTheOutermostArray()
    {
        string text =
            """{"meta":{"authors":[{"name":"x"}]},"data":[{"question":"a","label":"b","marks":[{"by":"y"}]},{"question":"c","label":"d","marks":[]}]}""";
        Assert.Equal([new("a", "b"), new("c", "d")], await _bench.RowsAsync(_bench.Write("a.json", ImportBench.Utf8(text))));
    }

    private static byte[] Packed(string text)
    {
        using var content = new MemoryStream();
        using (var packing = new GZipStream(content, CompressionMode.Compress))
        {
            packing.Write(Encoding.UTF8.GetBytes(text));
        }

        return content.ToArray();
    }
}
