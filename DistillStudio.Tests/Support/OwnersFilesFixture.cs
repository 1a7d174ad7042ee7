using System.Runtime.InteropServices;

[assembly: AssemblyFixture(typeof(OwnersFilesFixture))]

namespace DistillStudio.Tests.Support;

/// <summary>
/// Files of tests are for their owner alone, as those of the program are: a studio whose home has others closes them and says so, see
/// <see cref="DistillStudio.Hosting.HomePermissions"/>.
/// </summary>
public sealed partial class OwnersFilesFixture
{
    public OwnersFilesFixture()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetMask((uint)FileModes.Others);
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}
