using System.IO.Compression;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Verification;

public sealed class UnpackedRunTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _temp;

    public UnpackedRunTests()
    {
        _temp = Path.GetTempPath();
        Zip = _folder["run.zip"];
    }

    private string Zip { get; }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("20260101-run/")]
    public void Open_RunAtTheTopOrInAFolder_IsFoundAndRemovedAfterwards(string above)
    {
        Pack((above + "spec.json", "{}"), (above + "events.jsonl", "{}"), (above + "model/config.json", "{}"));
        string place;
        using (UnpackedRun run = UnpackedRun.Open(Zip))
        {
            place = run.Folder.Path;
            Assert.True(File.Exists(Path.Combine(place, "model", "config.json")));
            Assert.StartsWith(_temp, place, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(place));
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("a/../../evil.txt")]
    [InlineData("/tmp/evil.txt")]
    [InlineData("a//evil.txt")]
    [InlineData("./evil.txt")]
    [InlineData("C:evil.txt")]
    [InlineData("a\\..\\evil.txt")]
    public void Open_NameThatLeadsOutOfTheFolder_IsRefused(string name)
    {
        Pack(("spec.json", "{}"), ("events.jsonl", "{}"), (name, "x"));
        Assert.Contains("leads out of the folder", Refusal(), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["evil.txt"]));
        Assert.False(File.Exists(Path.Combine(_temp, "evil.txt")));
    }

    [Fact]
    public void Open_SymbolicLink_IsRefused()
    {
        using (FileStream file = File.Create(Zip))
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            ZipArchiveEntry link = zip.CreateEntry("spec.json");
            link.ExternalAttributes = unchecked((int)0xA1FF0000);
            using var writer = new StreamWriter(link.Open());
            writer.Write("/etc/passwd");
        }

        Assert.Contains("is a link or a device", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Bomb_IsRefusedBeforeItFillsTheDisk()
    {
        using (FileStream file = File.Create(Zip))
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            using Stream entry = zip.CreateEntry("events.jsonl", CompressionLevel.Fastest).Open();
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 700; i++)
            {
                entry.Write(zeros);
            }
        }

        Assert.Contains("unpacks to more", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ManyFiles_IsRefused()
    {
        Pack([.. Enumerable.Range(0, 10_001).Select(i => ($"{i}", ""))]);
        Assert.Contains("10,001 files", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoRunSeveralRunsNoZip_IsRefused()
    {
        Pack(("notes.txt", "x"));
        Assert.Contains("holds no run", Refusal(), StringComparison.Ordinal);
        Pack(("a/spec.json", "{}"), ("a/events.jsonl", ""), ("b/spec.json", "{}"), ("b/events.jsonl", ""));
        Assert.Contains("holds 2 runs", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(Zip, "no archive");
        Assert.Contains("cannot be unpacked", Refusal(), StringComparison.Ordinal);
        File.WriteAllBytes(Zip, []);
        Assert.Contains("cannot be unpacked", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FileTwiceOrAlsoAFolder_IsRefusedOrReplaced()
    {
        Pack(("spec.json", "{}"), ("events.jsonl", "1"), ("events.jsonl", "2"));
        using (UnpackedRun run = UnpackedRun.Open(Zip))
        {
            Assert.Equal("2", File.ReadAllText(run.Folder.EventsPath));
        }

        Pack(("spec.json", "{}"), ("spec.json/deeper", "x"));
        Assert.Contains("cannot be unpacked", Refusal(), StringComparison.Ordinal);
    }

    private string Refusal()
    {
        string message = Assert.Throws<InputException>(() => UnpackedRun.Open(Zip)).Message;
        Assert.Contains(Zip, message, StringComparison.Ordinal);
        return message;
    }

    private void Pack(params (string Name, string Text)[] files)
    {
        using FileStream file = File.Create(Zip);
        using var zip = new ZipArchive(file, ZipArchiveMode.Create);
        foreach ((string name, string text) in files)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(text);
        }
    }
}
