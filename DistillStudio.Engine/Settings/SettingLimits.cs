
namespace DistillStudio.Engine.Settings;

/// <summary>Size limits of settings and of texts that users attach to a run.</summary>
public static class SettingLimits
{
    /// <summary>Maximum tokens of an input: far more than T5 was trained on.</summary>
    public const int LongestInput = 65_536;

    /// <summary>Maximum tokens of an answer.</summary>
    public const int LongestAnswer = 4_096;

    /// <summary>Maximum batch size, and maximum batches per step.</summary>
    public const int LargestBatch = 65_536;

    public const int MostThreads = 1_024;

    /// <summary>Maximum checkpoints kept besides the last two.</summary>
    public const int MostCheckpoints = 1_000;

    /// <summary>Maximum characters of any other text, equal to Linux's path length limit.</summary>
    public const int LongestText = 4_096;

    public const int LongestName = 200;

    public const int LongestNotes = 20_000;

    public const int MostTags = 50;

    /// <summary>Returns true for a single line of limited length, as required for the name of a run or a tag.</summary>
    public static bool IsName(string text) => text.Length <= LongestName && !text.Any(char.IsControl);

    /// <summary>Converts a text from a file to a valid name: truncates it and replaces each control character with a space.</summary>
    public static string CutName(string text) => string.Concat(Cut(text, LongestName).Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>
    /// Truncates a text to <paramref name="length"/> characters, the last of them an ellipsis if it was longer; does not split a surrogate
    /// pair.
    /// </summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        int kept = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return text[..kept] + "…";
    }
}
