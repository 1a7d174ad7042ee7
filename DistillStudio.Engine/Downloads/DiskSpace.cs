using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>Checks the free space of a disk before it is filled.</summary>
public static class DiskSpace
{
    /// <summary>Free space that is kept in reserve.</summary>
    private const long SpareBytes = 50L * ByteSize.MB;

    private const int NoSpaceOnUnix = 28;
    private const int QuotaOnLinux = 122;
    private const int NoSpaceOnWindows = unchecked((int)0x80070070);

    /// <param name="folder">A folder that exists.</param>
    /// <param name="missing">Bytes still to be written.</param>
    /// <exception cref="StudioException">The disk has less free space than that.</exception>
    public static void Require(string folder, long missing)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (missing > 0 && missing > free - SpareBytes)
        {
            throw new StudioException($"{Shortage(folder, missing)}; free some space, or choose another folder.");
        }
    }

    /// <summary>Returns true if a write failed because the disk is full, or the user's share of it.</summary>
    public static bool IsFull(Exception e) => e is IOException { HResult: NoSpaceOnUnix or QuotaOnLinux or NoSpaceOnWindows };

    /// <summary>Returns how much is free and needed, as the beginning of a sentence.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <param name="missing">Bytes still to be written; null if unknown.</param>
    internal static string Shortage(string folder, long? missing) =>
        $"{folder} has {ByteSize.Format(new DriveInfo(folder).AvailableFreeSpace)} free, but "
            + $"{(missing is { } bytes ? ByteSize.Format(bytes) : "more")} {(missing is null ? "is" : "are")} still to be written";
}
