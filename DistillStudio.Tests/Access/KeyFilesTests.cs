using DistillStudio.Access;
using DistillStudio.Engine.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Access;

public sealed class KeyFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static bool IsLinux => OperatingSystem.IsLinux();

    public void Dispose() => _folder.Dispose();

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Nobody can write to Linux's /proc.")]
    public void Prepare_FolderInWhichNoKeyCanBeWritten_IsRefused()
    {
        Directory.CreateSymbolicLink(_folder["keys"], "/proc");
        InputException refusal = Assert.Throws<InputException>(() => KeyFiles.Prepare(_folder["keys"], NullLogger.Instance));
        Assert.StartsWith($"{_folder["keys"]} cannot be used", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NewFolder_IsLeftEmpty()
    {
        KeyFiles.Prepare(_folder["keys"], NullLogger.Instance);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["keys"]));
    }
}
