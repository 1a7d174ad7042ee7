using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>Names compared runs by the settings that distinguish them.</summary>
public static class RunNames
{
    /// <summary>Settings in a name, unless it takes more to tell the runs apart.</summary>
    private const int MostParts = 3;

    /// <summary>Returns one name per run, in the order given; duplicates are numbered.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunSummary> runs)
    {
        if (runs.Count == 1)
        {
            return [RunText.Title(runs[0])];
        }

        // Ignores settings that differ only because some methods do not have them: the method's name already shows that.
        var telling = RunDifferences.Of([.. runs.Where(run => !run.Spec.IsCurvesOnly)])
            .Where(d => d.Setting is not null && d.Values.Where(IsTelling).Distinct().Count() > 1)
            .ToList();
        int[] places = [.. runs.Select((_, i) => runs.Take(i).Count(run => !run.Spec.IsCurvesOnly))]; // among those with settings
        string[] names = [];
        for (int parts = Math.Min(MostParts, telling.Count); parts <= telling.Count; parts++)
        {
            names = [.. runs.Select((run, i) => parts == 0 || run.Spec.IsCurvesOnly ? RunText.Title(run) : NameOf(parts, places[i]))];
            if (names.Distinct().Count() == names.Length)
            {
                break; // more would be needless
            }
        }

        string NameOf(int parts, int place) =>
            string.Join(", ", telling.Take(parts).Select(d => Part(d, d.Values[place])).Where(part => part.Length > 0));

        // Appends a number to names that are not unique.
        return [.. names.Select((name, i) => names.Count(n => n == name) == 1 ? name : $"{name} "
            + $"({names.Take(i + 1).Count(n => n == name)})")];
    }

    private static bool IsTelling(string value) => value is not (Format.Nothing or RunDifferences.Unknown);

    private static string Part(RunDifference difference, string value) =>
        IsTelling(value) ? SettingPhrase.Of(difference.Setting!, value) : "";
}
