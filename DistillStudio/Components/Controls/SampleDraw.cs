namespace DistillStudio.Components.Controls;

/// <summary>Number of samples at a step that each filter would show.</summary>
public sealed record SampleCounts(int All, int Wrong, int Changed);

/// <summary>Draws a few pseudo-random rows, the same for everyone who opens the same URL.</summary>
public static class SampleDraw
{
    private const int Size = 4;

    /// <summary>Returns the drawn items in their original order.</summary>
    /// <param name="items">Items to draw from.</param>
    /// <param name="row">Returns the row of an item, so that the same rows are drawn at another step with the same rows.</param>
    /// <param name="draw">Number of the draw.</param>
    public static IReadOnlyList<T> Few<T>(IReadOnlyList<T> items, Func<T, int> row, int draw)
    {
        HashSet<int> chosen = [.. items.Select(row).Distinct().OrderBy(r => Mix(r, draw)).Take(Size)];
        return [.. items.Where(i => chosen.Contains(row(i)))];
    }

    /// <summary>Hashes row and draw deterministically (finaliser of MurmurHash3).</summary>
    private static uint Mix(int row, int draw)
    {
        uint h = (uint)row * 0x9E3779B1u ^ (uint)(draw + 1) * 0x85EBCA6Bu;
        h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
        h = (h ^ (h >> 13)) * 0xC2B2AE35u;
        return h ^ (h >> 16);
    }
}
