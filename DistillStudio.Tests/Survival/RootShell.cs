using System.Diagnostics;

namespace DistillStudio.Tests.Survival;

/// <summary>What only root may do.</summary>
internal static class RootShell
{
    /// <summary>Skips the test where the command is refused.</summary>
    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.SkipUnless(
            process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} is not allowed here; run as root on a Linux with ext4.");
    }
}
