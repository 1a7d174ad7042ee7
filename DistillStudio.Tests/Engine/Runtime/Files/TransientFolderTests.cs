using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public sealed class TransientFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Dispose_FolderWithFiles_LeavesNothing()
    {
        using (var transient = TransientFolder.Create(_folder.Path, "import"))
        {
            File.WriteAllText(Path.Combine(transient.Path, "weights"), "1");
            Assert.NotEmpty(Directory.EnumerateFileSystemEntries(_folder.Path));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Create_BesideOthers_DeletesOnlyWhatKilledProcessesLeft()
    {
        string abandoned = Directory.CreateDirectory(_folder[".import-dead/run"]).Parent!.FullName;
        File.WriteAllText(abandoned + ".lock", "");
        string other = Directory.CreateDirectory(_folder[".branch-dead"]).FullName;
        using var first = TransientFolder.Create(_folder.Path, "import");
        using var second = TransientFolder.Create(_folder.Path, "import");
        Assert.False(Path.Exists(abandoned));
        Assert.False(Path.Exists(abandoned + ".lock"));
        Assert.True(Directory.Exists(other));
        Assert.True(Directory.Exists(first.Path));
    }
}
