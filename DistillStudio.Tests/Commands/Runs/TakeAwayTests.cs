using System.IO.Compression;
using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Commands.Runs;

/// <summary>What leaves a studio, and what another one takes in.</summary>
public sealed class TakeAwayTests : IDisposable
{
    private readonly RunsHome _home = new();
    private readonly RunsHome _other = new();

    public void Dispose()
    {
        _home.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Export_TensorBoardOfTwoRuns_GivesAFolderForEach()
    {
        RunFolder one = _home.Add();
        RunFolder two = _home.Add();
        string folder = _home["boards"];

        Assert.Equal(0, (await _home.RunAsync("export", one.Id, two.Id, "--format", "tensorboard", "--out", folder)).ExitCode);

        foreach (RunFolder run in (RunFolder[])[one, two])
        {
            string file = Assert.Single(Directory.GetFiles(Path.Combine(folder, run.Id), "events.out.tfevents.*"));
            TensorBoardReader read = TensorBoardReader.Read(File.ReadAllBytes(file));
            Assert.Equal(
                Enumerable.Range(1, 20).Select(step => (long)step),
                read.Points.Where(point => point.Tag == "loss").Select(point => point.Step));
            Assert.Contains(read.Points, point => point.Tag == "valid_accuracy");
        }

        Assert.Equal(
            new[] { one.Id, two.Id }.Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).OfType<string>());
        Assert.Contains(
            "already exists", (await _home.RunAsync("export", one.Id, "--format", "tensorboard", "--out", folder)).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_CsvAndJson_HoldTheFigures()
    {
        RunFolder run = _home.Add();
        Assert.Equal(0, (await _home.RunAsync("export", run.Id, "--format", "csv", "--out", _home["csv"])).ExitCode);
        Assert.Equal(0, (await _home.RunAsync("export", run.Id, "--format", "JSON", "--out", _home["json"])).ExitCode);

        Assert.Equal(21, File.ReadLines(Path.Combine(_home["csv"], run.Id, "metrics.csv")).Count());
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_home["json"], run.Id, "metrics.json")));
        Assert.Equal(20, json.RootElement.GetProperty("steps").GetArrayLength());
        Assert.Equal(run.Id, json.RootElement.GetProperty("run").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Export_LineWithoutAnEvent_IsSaidToItsReaderAndItsWriter()
    {
        RunFolder run = _home.Add();
        File.AppendAllText(run.EventsPath, "?\n");
        foreach (string format in (string[])["csv", "tensorboard", "json"])
        {
            CommandResult result = await _home.RunAsync("export", run.Id, "--format", format, "--out", _home[format]);

            Assert.Contains($"{run.Id}: events.jsonl has 1 line", result.Error, StringComparison.Ordinal);
            Assert.Contains(
                "events.jsonl has 1 line without an event",
                File.ReadAllText(Path.Combine(_home[format], run.Id, "unreadable-lines.txt")), StringComparison.Ordinal);
        }

        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_home["json"], run.Id, "metrics.json")));
        Assert.Equal(1, json.RootElement.GetProperty("run").GetProperty("unreadableLines").GetInt32());
        await _home.RunAsync("export", run.Id, "--out", _home["run.zip"]);
        using (ZipArchive zip = ZipFile.OpenRead(_home["run.zip"]))
        {
            Assert.NotNull(zip.GetEntry($"{run.Id}/unreadable-lines.txt"));
        }

        await _other.RunAsync("import", _home["run.zip"]);
        string imported = Assert.Single(Directory.GetDirectories(_other.Home.Runs));
        Assert.False(File.Exists(Path.Combine(imported, "unreadable-lines.txt")));
        Assert.Contains("has 1 line", (await _other.RunAsync("show", Path.GetFileName(imported))).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--format", "excel", "excel is unknown")]
    [InlineData("--format=csv", "--weights", "needs a zip")]
    public async Task Export_WrongFormat_IsRefused(string one, string two, string part)
    {
        CommandResult result = await _home.RunAsync("export", _home.Add().Id, one, two);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_RunOfAnotherStudio_IsARunHereAndSaysWhereItCameFrom()
    {
        RunFolder run = _home.Add();
        new RunSidecar { Name = "the best", Tags = ["paper"], QueueOrder = 3 }.Write(run.Path);
        Directory.CreateDirectory(run.ModelPath);
        File.WriteAllText(Path.Combine(run.ModelPath, "config.json"), "{}");
        string archive = _home["lab.zip"];
        Assert.Equal(0, (await _home.RunAsync("export", run.Id, "--weights", "--out", archive)).ExitCode);

        CommandResult first = await _other.RunAsync("import", archive);
        CommandResult second = await _other.RunAsync("import", archive, "--json");

        Assert.Equal((0, $"Imported {run.Id}."), (first.ExitCode, first.Out.Trim()));
        using var json = JsonDocument.Parse(second.Out);
        JsonElement imported = json.RootElement.GetProperty("imported")[0];
        string fresh = imported.GetProperty("id").GetString()!;
        Assert.NotEqual(run.Id, fresh);
        Assert.Equal(run.Id[..^4], fresh[..^4]);
        Assert.Equal(run.Id, imported.GetProperty("original").GetString());
        Assert.Equal(
            new[] { run.Id, fresh }.Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(_other.Home.Runs).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        string shown = (await _other.RunAsync("show", fresh)).Out;
        Assert.Contains($"{run.Id} in lab.zip", shown, StringComparison.Ordinal);
        Assert.Contains("the best", shown, StringComparison.Ordinal);
        Assert.Contains("finished", shown, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(run.EventsPath), File.ReadAllBytes(Path.Combine(_other.Home.Runs, fresh, "events.jsonl")));
        Assert.True(File.Exists(Path.Combine(_other.Home.Runs, fresh, "model", "config.json")));
        Assert.Equal(0, (await _other.RunAsync("export", fresh, "--out", _other["again.zip"])).ExitCode);
    }

    [Theory]
    [InlineData("../out/events.jsonl")]
    [InlineData("run/../../events.jsonl")]
    [InlineData("/tmp/events.jsonl")]
    [InlineData("run/..\\..\\events.jsonl")]
    [InlineData("C:/run/events.jsonl")]
    [InlineData("events.jsonl")]
    [InlineData("run//events.jsonl")]
    [InlineData(".hidden/events.jsonl")]
    [InlineData("run/a\0b")]
    [InlineData("run/a/b/c/d/e/f/g/h")]
    public async Task Import_NameThatLeadsElsewhere_IsRefused(string name)
    {
        string archive = Archive((name, "x"));
        CommandResult result = await _other.RunAsync("import", archive);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is no file in a run's folder", Assert.Single(result.Problems), StringComparison.Ordinal);
        AssertNothingIsThere();
    }

    [Fact]
    public async Task Import_Bomb_IsRefusedBeforeItGrows()
    {
        string archive = _home["bomb.zip"];
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            using Stream entry = zip.CreateEntry("run/events.jsonl", CompressionLevel.Fastest).Open();
            byte[] nothing = new byte[1 << 20];
            for (int i = 0; i < 120; i++)
            {
                entry.Write(nothing);
            }
        }

        CommandResult result = await _other.RunAsync("import", archive);
        Assert.Contains("more than a hundredfold", Assert.Single(result.Problems), StringComparison.Ordinal);
        AssertNothingIsThere();
    }

    [Fact]
    public async Task Import_FileThatIsNotWhatTheArchiveSays_IsRefused()
    {
        RunFolder run = _home.Add();
        string archive = _home["run.zip"];
        await _home.RunAsync("export", run.Id, "--out", archive);
        byte[] bytes = File.ReadAllBytes(archive);
        for (int start = 40; start < bytes.Length; start += bytes.Length / 40)
        {
            byte[] damaged = [.. bytes];
            damaged[start] ^= 0x55;
            string path = _home[$"damaged{start}.zip"];
            File.WriteAllBytes(path, damaged);
            CommandResult result = await _other.RunAsync("import", path);
            if (result.ExitCode != 0) // a flipped bit of a time or a comment is no damage
            {
                Assert.Single(result.Problems);
                AssertNothingIsThere();
                continue;
            }

            string imported = Assert.Single(Directory.GetDirectories(_other.Home.Runs));
            Assert.Equal(File.ReadAllBytes(run.EventsPath), File.ReadAllBytes(Path.Combine(imported, "events.jsonl")));
            Directory.Delete(imported, recursive: true);
        }
    }

    [Theory]
    [InlineData("run/spec.json", "{}", "it has no events.jsonl")]
    [InlineData("run/events.jsonl", "nonsense", "no spec.json")]
    public async Task Import_PartOfARun_IsRefused(string name, string text, string part)
    {
        CommandResult result = await _other.RunAsync("import", Archive((name, text)));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
        AssertNothingIsThere();
    }

    [Fact]
    public async Task Import_OneOfTwoRunsIsNone_ImportsNeither()
    {
        RunFolder run = _home.Add();
        string archive = _home["two.zip"];
        await _home.RunAsync("export", run.Id, "--out", archive);
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Update))
        {
            using var writer = new StreamWriter(zip.CreateEntry("other/events.jsonl").Open());
            writer.Write("{}");
        }

        Assert.Equal(2, (await _other.RunAsync("import", archive)).ExitCode);
        AssertNothingIsThere();
    }

    [Fact]
    public async Task Import_NoArchive_IsRefusedInOneSentence()
    {
        File.WriteAllText(_home["text.zip"], "no archive");
        File.WriteAllText(_home["empty.zip"], "");
        foreach (string path in (string[])[_home["text.zip"], _home["empty.zip"], _home["missing.zip"], _home["."]])
        {
            CommandResult result = await _other.RunAsync("import", path);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(path, Assert.Single(result.Problems), StringComparison.Ordinal);
        }

        AssertNothingIsThere();
    }

    private void AssertNothingIsThere() => Assert.Empty(Directory.GetFileSystemEntries(_other.Home.Runs));

    private string Archive(params (string Name, string Text)[] files)
    {
        string path = _home[$"{Guid.NewGuid():N}.zip"];
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, string text) in files)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(text);
        }

        return path;
    }
}
