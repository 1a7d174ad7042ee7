using System.Globalization;
using System.IO.Compression;
using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Data;

/// <summary>Rows and completions in every form in which they are published.</summary>
public sealed class DataFormatTests : IDisposable
{
    private const string First = """{"input": "a, \"b\" [1] {2}\\", "label": "1"}""";
    private const string Second = """{"input": "é🙂", "score": [NaN, {"x": -Infinity}], "label": "2"}""";

    private static readonly Row[] Rows = [new("a, \"b\" [1] {2}\\", "1"), new("é🙂", "2")];

    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData(First + "\n" + Second)]
    [InlineData(First + "\r\n" + Second + "\r\n")]
    [InlineData(First + "\r" + Second + "\r")]
    [InlineData("\n\r\n \t\n" + First + "\n\n\r\n" + Second + "\n \n")]
    [InlineData("\uFEFF" + First + "\n" + Second)]
    [InlineData("[" + First + "," + Second + "]")]
    [InlineData("\uFEFF \r\n[\r\n" + First + " ,\r\n\t" + Second + "\r\n]\r\n")]
    public void Load_RowsInAnyForm_AreTheSame(string text)
    {
        foreach (Encoding encoding in
            (Encoding[])[new UTF8Encoding(false), new UnicodeEncoding(false, false), new UnicodeEncoding(true, false)])
        {
            foreach (string ending in (string[])["json", "jsonl", "ndjson"])
            {
                string path = _data.Write($"svamp/svamp_train.{ending}", encoding.GetBytes(text));
                Assert.Equal(Rows, Load().Splits["train"].Rows);
                Assert.Equal(2, DatasetContents.Of(DatasetCatalog.Get("svamp"), _data.Path).Rows["train"]);
                File.Delete(path);
            }
        }
    }

    [Theory]
    [InlineData("""["x","y"]""")]
    [InlineData("[\r\n \"x\",\r\n \"y\"\r\n]\r\n")]
    [InlineData("\"x\"\n\"y\"\n")]
    [InlineData("\uFEFF\n\"x\"\r\"y\"")]
    [InlineData("\"x\" \"y\"")]
    public void Load_CompletionsInAnyForm_AreTheSame(string text)
    {
        _data.Write("svamp/svamp_train.json", First + "\n" + Second);
        foreach (string file in
            (string[])["svamp/llm/train_CoT_0.json", "svamp/llm/train_CoT_0.jsonl", "svamp/llm-mine/train_CoT_0.ndjson", "gpt-neox/svamp/train.jsonl"])
        {
            string path = _data.Write(file, text);
            Assert.Equal(2, Assert.Single(Load().Splits["train"].Teachers.Values).Count);
            File.Delete(path);
            Directory.Delete(Path.GetDirectoryName(path)!);
        }
    }

    [Fact]
    public void Load_ArrayAcrossBlocks_IsReadWhole()
    {
        string[] texts = [
            .. ((int[])[1, 262_100, 262_144, 262_150, 700_000, 3_000_000, 5]).Select(
                (n, i) => new string((char)('a' + i), n) + "\\\\\\\"é🙂")
        ];
        _data.Write(
            "svamp/svamp_train.json", "[" + string.Join(", ", texts.Select(text => $$"""{"input": "{{text}}", "label": "1"}""")) + "]");
        Assert.Equal(
            texts.Select(text => text.Replace("\\\\\\\"", "\\\"", StringComparison.Ordinal)),
            Load().Splits["train"].Rows.Select(row => row.Input));
    }

    [Fact]
    public void Count_AMillionRowsInOneArray_TakesLittleMemory()
    {
        string path = _data["svamp/svamp_train.json"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (var file = new StreamWriter(path))
        {
            file.Write('[');
            for (int i = 0; i < 1_000_000; i++)
            {
                file.Write(i == 0 ? "" : ",");
                file.Write("{\"input\":\"a\",\"label\":\"1\"}");
            }

            file.Write(']');
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(1_000_000, JsonRows.Count(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Theory]
    [InlineData("svamp_train.json", "svamp_train.jsonl")]
    [InlineData("svamp_train.jsonl", "svamp_train.ndjson")]
    [InlineData("llm/train_CoT_0.json", "llm/train_CoT_0.jsonl")]
    public void Load_TwoFilesForOne_IsRefused(string first, string second)
    {
        _data.Write("svamp/svamp_train.json", First);
        _data.Write("svamp/" + first, first.Contains("CoT", StringComparison.Ordinal) ? "[\"x\"]" : First);
        _data.Write("svamp/" + second, second.Contains("CoT", StringComparison.Ordinal) ? "[\"x\"]" : First);
        InputException refusal = Assert.Throws<InputException>(() => Load());
        Assert.Contains("both exist; keep one of them", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(second), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("svamp/svamp_train.json")]
    [InlineData("svamp/llm/train_CoT_0.json")]
    public void Load_CompressedFileUnderTheRightName_IsNamed(string name)
    {
        _data.Write("svamp/svamp_train.json", First);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(First));
        }

        _data.Write(name, packed.ToArray());
        Assert.Contains(
            $"{Path.GetFileName(name)} is compressed with gzip; unpack it", Assert.Throws<InputException>(() => Load()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Utf32_IsRefusedByName()
    {
        _data.Write("svamp/svamp_train.json", [.. Encoding.UTF32.GetPreamble(), .. Encoding.UTF32.GetBytes(First)]);
        Assert.Contains("is in UTF-32; save it as UTF-8", Assert.Throws<InputException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MutatedArrays_AreReadOrRefused()
    {
        var random = new SeededRandom(11);
        byte[] whole = Encoding.UTF8.GetBytes("[\n" + First + ",\n" + Second + "\n]");
        for (int i = 0; i < 1500; i++)
        {
            byte[] mutated = [.. whole];
            for (int change = random.Next(4); change > 0; change--)
            {
                mutated[random.Next(mutated.Length)] = (byte)(random.Next(2) == 0 ? "[]{},\"\\\n "[random.Next(9)] : random.Next(256));
            }

            _data.Write("svamp/svamp_train.json", random.Next(4) == 0 ? mutated[..random.Next(mutated.Length)] : mutated);
            Exception? thrown = Record.Exception(() => Load());
            Assert.True(thrown is null or InputException, string.Create(CultureInfo.InvariantCulture, $"{i}: {thrown}"));
        }
    }

    private Dataset Load() => DatasetReader.Load("svamp", _data.Path);
}
