using DistillStudio.Components.Controls;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>What runs are called beside each other: by what tells them apart.</summary>
public static class RunNames
{
    private const int MostParts = 3;

    /// <summary>One name a run, all different, in the order given.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunSummary> runs)
    {
        if (runs.Count == 1)
        {
            return [RunWords.Title(runs[0])];
        }

        // A setting that only some methods have differs because the method does: the method says it already.
        var telling = RunDifferences.Of(runs)
            .Where(d => d.Setting is not null && d.Values.Where(IsTelling).Distinct().Count() > 1)
            .Take(MostParts)
            .ToList();
        string[] names = [.. runs.Select((run, i) => telling.Count == 0 ? RunWords.Title(run) : string.Join(", ", telling.Select(d => Part(d, d.Values[i])).Where(p => p.Length > 0)))];

        // The same settings twice: the time of the start tells them apart, or at last the number.
        return [.. names.Select((name, i) => names.Count(n => n == name) == 1 ? name : $"{name} ({names.Take(i + 1).Count(n => n == name)})")];
    }

    private static bool IsTelling(string value) => value is not (Format.Nothing or RunDifferences.Unknown);

    private static string Part(RunDifference difference, string value) => difference.Setting!.Property switch
    {
        _ when !IsTelling(value) => "",
        nameof(RunSpec.ModelType) or nameof(RunSpec.FromPretrained) or nameof(RunSpec.Dataset) => value,
        nameof(RunSpec.LabelType) => value == "Truth" ? "true labels" : "teacher's labels",
        nameof(RunSpec.Subsample) => $"{value} of the data",
        nameof(RunSpec.MaxSteps) => $"{value} steps",
        nameof(RunSpec.BatchSize) => $"batch {value}",
        _ => $"{char.ToLowerInvariant(difference.Title[0])}{difference.Title[1..]} {value}",
    };
}
