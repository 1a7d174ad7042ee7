using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>Checks the free space of a disk before it is filled.</summary>
public static class DiskSpace
{
    /// <summary>Free space that is kept in reserve.</summary>
    private const long SpareBytes = 50L * ByteSize.MB;

    /// <param name="folder">A folder that exists.</param>
    /// <param name="missing">Bytes still to be written.</param>
    /// <exception cref="StudioException">The disk has less free space than that.</exception>
    public static void Require(string folder, long missing)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (missing > 0 && missing > free - SpareBytes)
        {
            throw new StudioException($"{folder} has {ByteSize.Format(free)} free, but {ByteSize.Format(missing)} are still to be written; "
                + $"free some space, or choose another folder.");
        }
    }
}
