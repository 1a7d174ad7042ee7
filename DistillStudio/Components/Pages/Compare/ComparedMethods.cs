using DistillStudio.Engine.Differences;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>Two methods, or two runs of one, whose answers are compared row by row.</summary>
/// <param name="Id">Id of the run that stands for the second.</param>
/// <param name="First">Name of the baseline.</param>
/// <param name="Second">Name of the other.</param>
/// <param name="Pairs">Pairs of runs, by seed.</param>
/// <param name="Spec">Settings of a run with a teacher, if one has any.</param>
/// <param name="Runs">Name and folder of each run.</param>
internal sealed record ComparedMethods(
    string Id, string First, string Second, IReadOnlyList<RunPair> Pairs, Engine.Settings.RunSpec Spec,
    IReadOnlyList<(string Name, string Folder)> Runs)
{
    public string Title => $"{Second} against {First}";

    /// <summary>Returns the choices that a verdict offers.</summary>
    public static IReadOnlyList<ComparedMethods> Of(Verdict? verdict) =>
        verdict is null ? [] : [.. verdict.Pairs.Select(Of).Where(choice => choice.Pairs.Count > 0)];

    private static ComparedMethods Of(ComparedPair pair)
    {
        ModelsClaim models = pair.Models;
        string first = pair.Methods?.Baseline.Name ?? models.Baseline.Name;
        string second = pair.Methods?.Other.Name ?? models.Other.Name;
        ComparedRun[] ones = pair.Methods is null ? [models.Baseline] : [.. pair.Methods.Baseline.Tested];
        ComparedRun[] others = pair.Methods is null ? [models.Other] : [.. pair.Methods.Other.Tested];
        ComparedRun[] all = [.. ones, .. others];
        IReadOnlyList<RunPair> pairs = pair.Methods is null
            ? [new RunPair(models.Baseline.Folder, models.Other.Folder)] // two runs of one method differ in their seed
            : RunPair.BySeed(ones.Select(run => (run.Spec.Seed, run.Folder)), others.Select(run => (run.Spec.Seed, run.Folder)));
        ComparedRun taught = all.FirstOrDefault(run => run.Spec.Teacher is not null) ?? all[0];
        return new(models.Other.Id, first, second, pairs, taught.Spec, [.. all.Select(run => (run.Name, run.Folder))]);
    }
}
