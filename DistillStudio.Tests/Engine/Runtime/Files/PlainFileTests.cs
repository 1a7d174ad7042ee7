using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public sealed class PlainFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static bool IsLinux => OperatingSystem.IsLinux();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OpenRead_OrdinaryFileAndALinkToIt_Opens()
    {
        string file = _folder.Write("file", "text");
        File.CreateSymbolicLink(_folder["link"], file);

        Assert.Equal("text", PlainFile.ReadAllText(file, 4));
        Assert.Equal("text", PlainFile.ReadAllText(_folder["link"], 4));
    }

    [Fact]
    public void ReadAllText_LargerThanAllowed_IsRefused()
    {
        string file = _folder.Write("file", "text!");

        Assert.Contains(
            "5 bytes, more than the 4", Assert.Throws<IOException>(() => PlainFile.ReadAllText(file, 4)).Message, StringComparison.Ordinal);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "File types are queried only on Linux.")]
    public void OpenRead_NamedPipe_IsRefusedAtOnce()
    {
        NamedPipe.Make(_folder["pipe"]);
        File.CreateSymbolicLink(_folder["link"], _folder["pipe"]);
        Assert.Contains("pipe", Refusal(_folder["pipe"]), StringComparison.Ordinal);
        Assert.Contains("pipe", Refusal(_folder["link"]), StringComparison.Ordinal);
    }

    [Theory(SkipUnless = nameof(IsLinux), Skip = "The files are Linux's.")]
    [InlineData("/dev/zero", "device")]
    [InlineData("/dev/null", "device")]
    [InlineData("/proc/self/environ", "system file")]
    [InlineData("//proc//self/environ", "system file")]
    [InlineData("/tmp/../proc/self/environ", "system file")]
    [InlineData("/sys/kernel/uevent_seqnum", "system file")]
    [InlineData("/tmp", "folder")]
    public void OpenRead_FileOfTheSystem_IsRefused(string path, string what)
    {
        File.CreateSymbolicLink(_folder["link"], path);

        Assert.Contains(what, Refusal(path), StringComparison.Ordinal);
        Assert.Contains(what, Refusal(_folder["link"]), StringComparison.Ordinal);
    }

    private static string Refusal(string path) => Assert.Throws<IOException>(() => PlainFile.OpenRead(path)).Message;
}
