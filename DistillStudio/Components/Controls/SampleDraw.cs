namespace DistillStudio.Components.Controls;

/// <summary>How many of the samples at a step each filter would show.</summary>
public sealed record SampleCounts(int All, int Wrong, int Changed);

/// <summary>Draws a few rows by chance, the same for everyone who opens the same address.</summary>
public static class SampleDraw
{
    private const int Size = 4;

    /// <summary>In the order in which they were given.</summary>
    /// <param name="items">What to draw from.</param>
    /// <param name="row">The row that an item belongs to: drawn again at another step, the same rows come.</param>
    /// <param name="draw">Which draw.</param>
    public static IReadOnlyList<T> Few<T>(IReadOnlyList<T> items, Func<T, int> row, int draw)
    {
        HashSet<int> chosen = [.. items.Select(row).Distinct().OrderBy(r => Mix(r, draw)).Take(Size)];
        return [.. items.Where(i => chosen.Contains(row(i)))];
    }

    /// <summary>A number that looks random but depends on nothing else (the finaliser of MurmurHash3).</summary>
    private static uint Mix(int row, int draw)
    {
        uint h = (uint)row * 0x9E3779B1u ^ (uint)(draw + 1) * 0x85EBCA6Bu;
        h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
        h = (h ^ (h >> 13)) * 0xC2B2AE35u;
        return h ^ (h >> 16);
    }
}
