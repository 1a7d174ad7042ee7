namespace DistillStudio.Engine.Settings;

/// <summary>How large settings and the texts that people attach to a run may be.</summary>
public static class SettingLimits
{
    /// <summary>Tokens that an input may have: far more than T5 was trained on.</summary>
    public const int LongestInput = 65_536;

    /// <summary>Tokens that an answer may have.</summary>
    public const int LongestAnswer = 4_096;

    /// <summary>Largest batch, and most batches per step.</summary>
    public const int LargestBatch = 65_536;

    public const int MostThreads = 1_024;

    public const int LongestName = 200;

    public const int LongestNotes = 20_000;

    public const int MostTags = 50;

    /// <summary>True for one line of a reasonable length, as the name of a run or a tag must be.</summary>
    public static bool IsName(string text) => text.Length <= LongestName && !text.Any(char.IsControl);
}
