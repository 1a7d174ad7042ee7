using DistillStudio.Hosting;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Hosting;

/// <summary>A home that others could read when the studio was opened on it.</summary>
public sealed class HomePermissionsTests : IDisposable
{
    private const UnixFileMode OpenFolder = (UnixFileMode)0b111_101_101;
    private const UnixFileMode OpenFile = (UnixFileMode)0b110_100_100;

    private readonly TempFolder _folder = new();

    public HomePermissionsTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_HomeThatOthersCanRead_IsClosedAndToldOnceWithTheCount()
    {
        string outside = _folder.Write("outside/notes.txt", "");
        string[] files = [
            "home/studio.db", "home/appsettings.json", "home/runs/one/events.jsonl", "home/runs/one/checkpoints/best/model.safetensors",
            "home/runs/one/.hidden", "home/keys/key-1.xml",
        ];
        string[] own = ["home/models/t5/model.safetensors", "home/datasets/cqa/cqa_train.json"];
        foreach (string file in files.Concat(own))
        {
            _folder.Write(file, "");
        }

        Directory.CreateSymbolicLink(_folder["home/runs/one/link"], _folder["outside"]);
        File.CreateSymbolicLink(_folder["home/runs/one/notes"], outside);
        OpenAll();
        FileModes.Set(_folder[files[3]], OpenFile | UnixFileMode.OtherWrite | UnixFileMode.UserExecute);

        IReadOnlyCollection<string> logged = await OpenStudioAsync("home");

        string line = Assert.Single(logged, line => line.Contains("could be read by other users", StringComparison.Ordinal));
        Assert.Contains(_folder["home"], line, StringComparison.Ordinal);
        Assert.Contains("14 of the files", line, StringComparison.Ordinal); // the six, the home, four folders in it and three in runs
        Assert.All(files.Append("home").Append("home/runs").Append("home/runs/one").Append("home/models").Append("home/datasets"), path =>
            Assert.Equal(default, ModeOf(path) & FileModes.Others));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, ModeOf(files[3]));
        Assert.Equal([OpenFile, OpenFile], own.Select(ModeOf)); // the user's own, perhaps linked from elsewhere; their folders are closed
        Assert.Equal((OpenFolder, OpenFile), (ModeOf("outside"), ModeOf("outside/notes.txt")));

        Assert.DoesNotContain(await OpenStudioAsync("home"), line => line.Contains("read by others", StringComparison.Ordinal));
    }

    /// <summary>As every other test makes its home; else each of their studios would say how many files it closed.</summary>
    [Fact]
    public async Task Start_HomeWithFilesOfTheProgramsOwn_HasNothingToClose()
    {
        _folder.Write("home/studio.db", "");
        _folder.Write("home/runs/one/events.jsonl", "");

        Assert.Empty(await OpenStudioAsync("home"));
    }

    [Fact]
    public async Task Start_EmptyFolder_IsClosed()
    {
        Directory.CreateDirectory(_folder["home"]);
        OpenAll();

        await OpenStudioAsync("home");

        Assert.Equal(default, ModeOf("home") & FileModes.Others);
    }

    [Fact]
    public async Task Start_FolderThatHoldsOtherThingsToo_KeepsItsModeAndOnlyTheStudiosPartIsClosed()
    {
        _folder.Write("home/thesis.tex", "");
        _folder.Write("home/runs/one/events.jsonl", "");
        OpenAll();

        await OpenStudioAsync("home");

        Assert.Equal((OpenFolder, OpenFile), (ModeOf("home"), ModeOf("home/thesis.tex")));
        Assert.Equal(default, ModeOf("home/runs") & FileModes.Others);
    }

    [Fact]
    public async Task Start_HomeIsALink_ClosesWhatItLeadsTo()
    {
        Directory.CreateDirectory(_folder["disk"]);
        Directory.CreateSymbolicLink(_folder["home"], _folder["disk"]);
        OpenAll();

        await OpenStudioAsync("home");

        Assert.Equal(default, ModeOf("disk") & FileModes.Others);
    }

    private UnixFileMode ModeOf(string path) => FileModes.Of(_folder[path]);

    /// <summary>As a mask of 022 leaves files.</summary>
    private void OpenAll()
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(_folder.Path).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(e => e.LinkTarget is null))
        {
            FileModes.Set(entry.FullName, entry is DirectoryInfo ? OpenFolder : OpenFile);
        }
    }

    /// <summary>Opens a studio on it and closes it again; what it logged.</summary>
    private async Task<IReadOnlyCollection<string>> OpenStudioAsync(string home)
    {
        var log = new RecordedLog();
        using var closer = new HomePermissions(new(_folder[home]), new LoggerFactory([log]).CreateLogger<HomePermissions>());
        await closer.StartAsync(TestContext.Current.CancellationToken);
        await closer.ExecuteTask!;
        return log.Entries;
    }
}
