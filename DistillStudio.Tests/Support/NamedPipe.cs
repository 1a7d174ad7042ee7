using System.Diagnostics;

namespace DistillStudio.Tests.Support;

/// <summary>A pipe among the files, on which code that reads it as a file hangs.</summary>
internal static class NamedPipe
{
    public static void Make(string path)
    {
        using var make = Process.Start("mkfifo", path);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }
}
