using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The figures behind a verdict as tables.</summary>
internal static class VerdictTables
{
    /// <summary>Returns one row per method: its seeds, its mean over them, and the average cost of its tested runs.</summary>
    public static Table Methods(Verdict verdict) => new(
        [
            new("Method"), new("Seeds"),
            .. Column.Numbers("Test, mean", "95 % interval", "Collapsed", "Steps", "Examples", "Tokens", "FLOP", "Time"),
        ],
        [
            .. verdict.Groups.Select(group => (IReadOnlyList<string>)
            [
                group.Name,
                group.Seeds.Count == 0 ? Format.Nothing : $"{group.Seeds.Count}: {string.Join(", ", group.Seeds)}",
                Format.Percent(group.Mean),
                group.MeanInterval is { } interval ? RunText.Between(interval) : Format.Nothing,
                Format.Count(group.Runs.Count(run => verdict.Collapsed.ContainsKey(run.Id))),
                Mean(group, cost => cost.Step),
                Mean(group, cost => cost.Examples),
                Mean(group, cost => cost.Tokens),
                group.Tested.Any() && group.Tested.All(run => run.Cost.Flops > 0)
                    ? TrainingCost.FlopText(group.Tested.Average(run => run.Cost.Flops))
                    : Format.Nothing,
                Format.Duration(group.Tested.Any() ? group.Tested.Average(run => run.Cost.Seconds) : null),
            ]),
        ]);

    /// <summary>Returns one row per claim: about two models, and about their methods.</summary>
    public static Table Claims(Verdict verdict) => new(
        [
            new("Claim"), new("Other"), new("Baseline"), .. Column.Numbers("Over", "Difference", "Interval", "Level", "p"), new("Finding"),
        ],
        [.. verdict.Pairs.SelectMany(pair => Rows(pair, verdict.Margin))]);

    /// <summary>Returns the finding in a few words.</summary>
    public static string Finding(bool isDecided, bool isEquivalent, double margin) => (isDecided, isEquivalent) switch
    {
        (true, true) => $"different, though within {VerdictText.Margin(margin)}",
        (true, false) => "different",
        (false, true) => $"equally good within {VerdictText.Margin(margin)}",
        _ => "no difference can be told",
    };

    private static IEnumerable<IReadOnlyList<string>> Rows(ComparedPair pair, double margin)
    {
        ModelsClaim models = pair.Models;
        yield return Row(
            "Models", models.Other.Name, models.Baseline.Name, models.Rows is null ? null : Format.Plural(models.Shared, "row"),
            models.Rows?.Difference, models.Judgement, margin);
        if (pair.Methods is { } methods)
        {
            yield return Row("Methods", methods, margin);
        }

        if (pair.WithoutCollapsed is { } rest)
        {
            yield return Row("Methods, without collapsed runs", rest, margin);
        }
    }

    private static IReadOnlyList<string> Row(string claim, MethodsClaim methods, double margin) => Row(
        claim, methods.Other.Name, methods.Baseline.Name, methods.WhyNone is null ? Format.Plural(methods.SeedCount, "seed") : null,
        methods.Seeds?.Difference, methods.Judgement, margin);

    private static IReadOnlyList<string> Row(
        string claim,
        string other,
        string baseline,
        string? over,
        double? difference,
        Judgement judgement,
        double margin) =>
        difference is not { } points
            ? [claim, other, baseline, over ?? Format.Nothing, .. Enumerable.Repeat(Format.Nothing, 4), "nothing is claimed"]
            :
            [
                claim, other, baseline, over ?? Format.Nothing, $"{VerdictText.Signed(points)} points",
                VerdictText.Between(judgement.Interval),
                VerdictText.Level(judgement.Level), VerdictText.P(judgement.PValue),
                Finding(judgement.IsDecided, judgement.IsEquivalent, margin),
            ];

    private static string Mean(MethodGroup group, Func<TrainingCost, long> amount) =>
        group.Tested.Any() ? Format.Count((long)Math.Round(group.Tested.Average(run => amount(run.Cost)))) : Format.Nothing;
}
