using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

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

    /// <summary>Characters of any other text: Linux opens no longer path.</summary>
    public const int LongestText = 4_096;

    public const int LongestName = 200;

    public const int LongestNotes = 20_000;

    public const int MostTags = 50;

    /// <summary>True for one line of a reasonable length, as the name of a run or a tag must be.</summary>
    public static bool IsName(string text) => text.Length <= LongestName && !text.Any(char.IsControl);

    /// <summary>Makes a text from a file into a name: cut to the length of one, each control character replaced by a space.</summary>
    public static string CutName(string text) => string.Concat(Cut(text, LongestName).Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>The first <paramref name="length"/> characters, the last of them an ellipsis where there were more; does not split a surrogate pair.</summary>
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
