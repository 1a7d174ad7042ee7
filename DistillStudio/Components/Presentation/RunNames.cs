using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>Names compared runs: by their given names, otherwise by the settings that distinguish them.</summary>
public static class RunNames
{
    /// <summary>
    /// Returns one name per run, in the order given. Runs of the same name are distinguished by the settings that differ, such as
    /// the method; if there are none, by a number.
    /// </summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunSummary> runs)
    {
        if (runs.Count == 1)
        {
            return [RunText.Title(runs[0])];
        }

        string[] parts = Parts(runs);
        string[] names =
            [.. runs.Select((run, i) => RunText.GivenName(run) ?? (parts[i].Length > 0 ? parts[i] : RunText.Title(run)))];
        foreach (int[] same in Equal(names))
        {
            string[] differing = Parts([.. same.Select(i => runs[i])]);
            foreach ((int i, string part) in same.Zip(differing).Where(pair => pair.Second.Length > 0))
            {
                names[i] = $"{names[i]}, {char.ToLowerInvariant(part[0])}{part[1..]}";
            }
        }

        foreach (int[] same in Equal(names))
        {
            for (int number = 0; number < same.Length; number++)
            {
                names[same[number]] += $" ({number + 1})";
            }
        }

        return names;
    }

    /// <summary>Returns the indices of each name that several runs share.</summary>
    private static IReadOnlyList<int[]> Equal(string[] names) =>
    [
        .. Enumerable.Range(0, names.Length).GroupBy(i => names[i], StringComparer.Ordinal).Where(same => same.Count() > 1)
            .Select(same => same.ToArray()),
    ];

    /// <summary>Returns what distinguishes each run; empty texts if nothing does.</summary>
    private static string[] Parts(IReadOnlyList<RunSummary> runs)
    {
        // Ignores settings that differ only because some methods do not have them: the method's name already shows that.
        IReadOnlyList<RunDifference> distinguishing = NameParts.Of(
            [
                .. RunDifferences.Of([.. runs.Where(run => !run.Spec.IsCurvesOnly)])
                    .Where(d => d.Setting is not null && d.Values.Where(IsDistinguishing).Distinct().Count() > 1),
            ],
            d => [.. d.Values.Select(value => IsDistinguishing(value) ? value : null)]);
        int[] places = [.. runs.Select((_, i) => runs.Take(i).Count(run => !run.Spec.IsCurvesOnly))]; // among those with settings
        return
        [
            .. runs.Select((run, i) => run.Spec.IsCurvesOnly
                ? ""
                : string.Join(", ", distinguishing.Select(d => Part(d, d.Values[places[i]])).Where(part => part.Length > 0)))
        ];
    }

    private static bool IsDistinguishing(string value) => value is not (Format.Nothing or RunDifferences.Unknown);

    private static string Part(RunDifference difference, string value) =>
        IsDistinguishing(value) ? SettingPhrase.Of(difference.Setting!, value) : "";
}
