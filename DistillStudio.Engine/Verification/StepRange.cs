using System.Globalization;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Verification;

/// <summary>A stretch of a run: the steps after one step, up to another.</summary>
/// <param name="From">Step before the first of the stretch; 0 for the start of the run.</param>
/// <param name="To">Last step of the stretch.</param>
public readonly record struct StepRange(int From, int To)
{
    public int Steps => To - From;

    /// <summary>Parses ranges such as <c>0-100,250-300</c>; returns them in order, with overlapping ones merged.</summary>
    /// <exception cref="InputException">The text is not a list of ranges.</exception>
    public static IReadOnlyList<StepRange> Parse(string text)
    {
        var joined = new List<StepRange>();
        foreach (StepRange range in text.Split(',', StringSplitOptions.TrimEntries).Select(ParseOne).OrderBy(range => range.From))
        {
            if (joined.Count > 0 && range.From <= joined[^1].To)
            {
                joined[^1] = joined[^1] with { To = Math.Max(joined[^1].To, range.To) };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From}-{To}");

    private static StepRange ParseOne(string text)
    {
        string[] ends = text.Split('-', StringSplitOptions.TrimEntries);
        return ends.Length == 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int from)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int to)
            && from < to
            ? new(from, to)
            : throw new InputException($"\"{text}\" is not a stretch of steps; write its first and last step, such as 0-100, "
                + $"and separate several with commas.");
    }
}
