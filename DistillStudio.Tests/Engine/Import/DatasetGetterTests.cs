using System.IO.Compression;
using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Import;

public sealed class DatasetGetterTests : IDisposable
{
    private static readonly DownloadPatience Hurried = new() { Pause = TimeSpan.FromMilliseconds(1), Attempts = 4 };

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = Downloader.CreateClient();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Get_MirrorThatCutsAndRedirects_BringsTheDatasetWithItsTeachers()
    {
        byte[] archive = Svamp();
        using var mirror = new Mirror(
            request => request.Path == "/"
                ? new(302, [], ("Location", "/datasets.zip"), ("Content-Length", "0"))
                : Mirror.Cut(Mirror.Honest(request, archive), archive.Length / 3));
        GetResult result = await GetAsync("svamp", mirror.Address.AbsoluteUri);
        Assert.Equal(2, result.Splits["train"]);
        Assert.Equal(
            [("gpt", 0.5, (double?)null), ("palm", 1.0, 0.735)],
            result.Teachers.Where(proof => proof.Split == "train").OrderBy(proof => proof.Teacher).Select(
                proof => (proof.Teacher, proof.Agreement, proof.Expected)));
        Assert.Contains(result.Notes, note => note.Contains("not the published files", StringComparison.Ordinal));
        Assert.Contains(result.Notes, note => note.Contains("train has 2 rows, but 800 were published", StringComparison.Ordinal));
        Assert.Equal(["gpt", "palm"], DatasetReader.Load("svamp", DataDir).Splits["train"].Teachers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([".downloads", "gpt-neox", "svamp"], Entries());
    }

    /// <summary>A data folder of another studio: its teachers come along, with what their reviews rejected.</summary>
    [Fact]
    public async Task Import_FolderWithOtherTeachersAndEndings_BringsThem()
    {
        _folder.Write("from/svamp/svamp_train.jsonl", Row + Row + Row);
        _folder.Write("from/svamp/svamp_test.ndjson", Row);
        foreach (string folder in (string[])["llm", "llm-mine.2", "llm-none"])
        {
            _folder.Write($"from/svamp/{folder}/train_CoT_0.json", """["It adds. The answer is ( 1.0 + 1.0 )", "It adds. The answer is x", ""]""");
        }

        _folder.Write("from/svamp/llm-mine.2/train_CoT_0.json", """["", "It adds. The answer is x", ""]""");
        _folder.Write("from/svamp/llm-mine.2/train_rejected.json", "[1]");
        _folder.Write("from/svamp/llm-mine.2/train_unasked.json", "[0]");
        _folder.Write("from/svamp/llm-mine.2/train_unanswered.json", "[2]");
        ImportResult result = await FolderImport.ImportAsync(
            "svamp", _folder["from/svamp"], DataDir, isDryRun: false, TestContext.Current.CancellationToken);

        Assert.Equal(3, result.Splits["train"]);
        Split train = DatasetReader.Load("svamp", DataDir).RequireSplit("train");
        Assert.Equal(["mine.2", "palm"], train.Teachers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1], train.Rejected["mine.2"]);
        Assert.Equal([0], train.Unasked["mine.2"]);
        Assert.Equal([2], train.Unanswered["mine.2"]);
        Assert.Equal(new(0, 1), result.BlankAnswers["mine.2"]);
    }

    [Fact]
    public async Task Get_SecondDatasetOfTheSameArchive_IsTakenFromTheFirstDownload()
    {
        byte[] archive =
            Zip(
                ("x/svamp/svamp_train.json", Row), ("x/svamp/svamp_test.json", Row), ("x/anli1/anli1_train.json", Nli),
                ("x/anli1/anli1_valid.json", Nli), ("x/anli1/anli1_test.json", Nli));
        using var mirror = new Mirror(request => Mirror.Honest(request, archive));
        await GetAsync("svamp", mirror.Address.AbsoluteUri);
        await GetAsync("anli1", mirror.Address.AbsoluteUri);
        Assert.Single(mirror.Requests);
    }

    [Fact]
    public async Task Get_KeptArchiveWithoutTheRequiredHash_IsDownloadedAgain()
    {
        byte[] archive = Svamp();
        using var mirror = new Mirror(request => Mirror.Honest(request, archive));
        await GetAsync("svamp", mirror.Address.AbsoluteUri);
        InputException refused = await Assert.ThrowsAsync<InputException>(
            () => GetAsync("cqa", mirror.Address.AbsoluteUri, new string('0', 64)));
        Assert.Contains("must be 0000", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, mirror.Requests.Count);
    }

    [Fact]
    public async Task Get_MirrorThatSendsAWebPage_IsRefusedAndNotKept()
    {
        using var mirror = new Mirror(request => Mirror.Honest(request, Encoding.UTF8.GetBytes("<html>Sign in to the network</html>")));
        Assert.Contains(
            "not a zip archive", (await Assert.ThrowsAsync<InputException>(() => GetAsync("cqa", mirror.Address.AbsoluteUri))).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(DataDir, ".downloads")));
    }

    [Fact]
    public async Task Get_OtherChecksum_IsRefused()
    {
        using var mirror = new Mirror(request => Mirror.Honest(request, Svamp()));
        await Assert.ThrowsAsync<InputException>(() => GetAsync("svamp", mirror.Address.AbsoluteUri, new string('a', 64)));
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task Get_EntryWithAWrongChecksum_IsRefused()
    {
        byte[] archive = Zip(CompressionLevel.NoCompression, ("svamp/svamp_train.json", Row), ("svamp/svamp_test.json", Row));
        archive[Encoding.Latin1.GetString(archive).IndexOf("One and", StringComparison.Ordinal)] = (byte)'o';
        Assert.Contains(
            "checksum", (await Assert.ThrowsAsync<InputException>(() => GetAsync("svamp", _folder.Write("a.zip", archive)))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../svamp/svamp_train.json", "leads out of it")]
    [InlineData("/svamp/svamp_train.json", "leads out of it")]
    [InlineData("..\\svamp\\svamp_train.json", "leads out of it")]
    [InlineData("C:/svamp/svamp_train.json", "leads out of it")]
    public async Task Get_ArchiveThatLeadsOut_IsRefused(string entry, string why)
    {
        string file = _folder.Write("a.zip", Zip((entry, Row), ("svamp/svamp_test.json", Row)));
        Assert.Contains(why, (await Assert.ThrowsAsync<InputException>(() => GetAsync("svamp", file))).Message, StringComparison.Ordinal);
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task Get_ArchiveWithALink_IsRefused()
    {
        string file = _folder.Write(
            "a.zip", Zip(archive => archive.CreateEntry("svamp/svamp_train.json").ExternalAttributes = unchecked(0xA1FF << 16)));
        Assert.Contains(
            "is a link", (await Assert.ThrowsAsync<InputException>(() => GetAsync("svamp", file))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ArchiveThatFillsTheDisk_IsRefused()
    {
        string file = _folder.Write("a.zip", Zip(archive =>
        {
            using Stream entry = archive.CreateEntry("svamp/svamp_train.json").Open();
            byte[] block = new byte[1_000_000];
            for (int i = 0; i < 70; i++)
            {
                entry.Write(block);
            }
        }));
        Assert.Contains(
            "to more than 64 MB", (await Assert.ThrowsAsync<InputException>(() => GetAsync("svamp", file))).Message,
            StringComparison.Ordinal);
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task Get_ExistingDataset_IsLeftUnchanged()
    {
        string file = _folder.Write("a.zip", Svamp());
        await GetAsync("svamp", file);
        Assert.Contains(
            "already exists", (await Assert.ThrowsAsync<InputException>(() => GetAsync("svamp", file))).Message, StringComparison.Ordinal);
        DatasetRemover.Remove(DatasetRemover.Find("svamp", DataDir));
        await GetAsync("svamp", file);
    }

    private const string Row = """{"input":"One and one?","label":"( 1.0 + 1.0 )"}""" + "\n";
    private const string Nli = """{"premise":"a","hypothesis":"b","label":0}""" + "\n";

    private string DataDir => _folder["datasets"];

    private string[] Entries() =>
        Directory.Exists(DataDir)
            ? [.. Directory.EnumerateFileSystemEntries(DataDir).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)]
            : [];

    private static byte[] Svamp() => Zip(
        ("datasets/svamp/svamp_train.json", Row + Row),
        ("datasets/svamp/svamp_test.json", Row),
        ("datasets/svamp/llm/train_CoT_0.json", """["One and one. The answer is (1 + 1)."]"""),
        ("datasets/svamp/llm/train_CoT_1.json", """["Two. The answer is (2)."]"""),
        ("datasets/svamp/llm/test_CoT_0.json", """["Two. The answer is (2)."]"""),
        ("datasets/gpt-neox/svamp/train.json", """["Two. The answer is (2).", "Three. The answer is (3)."]"""),
        ("datasets/gpt-neox/svamp/test.json", """["Two. The answer is (2)."]"""),
        ("__MACOSX/datasets/svamp/svamp_train.json", "not rows"),
        ("datasets/readme.txt", "hello"));

    private static byte[] Zip(params (string Name, string Text)[] entries) => Zip(CompressionLevel.Fastest, entries);

    private static byte[] Zip(CompressionLevel level, params (string Name, string Text)[] entries) => Zip(archive =>
    {
        foreach ((string name, string text) in entries)
        {
            using Stream entry = archive.CreateEntry(name, level).Open();
            entry.Write(Encoding.UTF8.GetBytes(text));
        }
    });

    private static byte[] Zip(Action<ZipArchive> fill)
    {
        using var content = new MemoryStream();
        using (var archive = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            fill(archive);
        }

        return content.ToArray();
    }

    private Task<GetResult> GetAsync(string name, string source, string? sha256 = null) =>
        new DatasetGetter(new Downloader(_client, Hurried)).GetAsync(
            name, DataDir, source, sha256, progress: null, TestContext.Current.CancellationToken);
}
