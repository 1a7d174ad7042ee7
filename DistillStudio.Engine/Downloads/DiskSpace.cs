using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>Checks the room on a disk before it is filled.</summary>
public static class DiskSpace
{
    /// <summary>Free space that is left alone.</summary>
    private const long SpareBytes = 50L * ByteSize.MB;

    /// <param name="folder">A folder that exists.</param>
    /// <param name="missing">Bytes that are still to be written.</param>
    /// <exception cref="StudioException">The disk has less room than that.</exception>
    public static void Require(string folder, long missing)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (missing > 0 && missing > free - SpareBytes)
        {
            throw new StudioException($"{folder} has {ByteSize.Format(free)} free and {ByteSize.Format(missing)} are still to come; "
                + $"make room, or choose another place.");
        }
    }
}
