using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Commands.Runs;

/// <summary>
/// The JSON form of a verdict. Differences are accuracy of the other minus that of the baseline, in [-1, 1]. If nothing can be claimed,
/// the interval is [-1, 1] and p is 1. The first four fields are those of the comparison with the largest difference; all comparisons
/// follow.
/// </summary>
internal static class VerdictJson
{
    public static object Of(Verdict verdict) => new
    {
        Rows = Rows(verdict.Leading?.Models),
        Models = Models(verdict.Leading?.Models),
        Methods = Methods(verdict.Leading?.Methods),
        verdict.Sentences,
        Baseline = verdict.Runs[0].Id,
        verdict.Margin,
        verdict.IsAtEqualCompute,
        Comparisons = verdict.Pairs.Select(pair => new
        {
            Run = pair.Models.Other.Id,
            Method = pair.Methods?.Other.Name,
            Rows = Rows(pair.Models),
            Models = Models(pair.Models),
            Methods = Methods(pair.Methods),
            WithoutCollapsed = pair.WithoutCollapsed is { } rest ? Methods(rest) : null,
            pair.EqualCompute,
            pair.Sentences,
        }),
        Groups = verdict.Groups.Select(group => new
        {
            group.Name,
            group.Seeds,
            group.Mean,
            group.MeanInterval?.Low,
            group.MeanInterval?.High,
            Runs = group.Runs.Select(run => new
            {
                run.Id,
                run.Name,
                run.Spec.Seed,
                TestBest = run.Result?.TestBest?.Accuracy,
                TestLast = run.Result?.TestLast?.Accuracy,
                IsCollapsed = verdict.Collapsed.ContainsKey(run.Id),
                run.Cost,
            }),
        }),
        verdict.Evidence,
        verdict.ValidationNote,
        verdict.RecordNote,
        LeftOut = verdict.LeftOut.Select(run => run.Id),
        MoreSeeds = verdict.MoreSeeds.Select(spec => Engine.Settings.SpecArguments.CommandLine(spec)),
    };

    private static object Rows(ModelsClaim? claim) =>
        new { Shared = claim?.Shared ?? 0, OfBaseline = claim?.OfBaseline ?? 0, OfOther = claim?.OfOther ?? 0 };

    private static object Models(ModelsClaim? claim)
    {
        Judgement judgement = claim?.Judgement ?? Judgement.Nothing;
        return new
        {
            Difference = claim?.Rows?.Difference ?? 0,
            judgement.Interval.Low,
            judgement.Interval.High,
            McnemarP = judgement.PValue,
            Decided = judgement.IsDecided,
            Equivalent = judgement.IsEquivalent,
            judgement.Level,
        };
    }

    private static object Methods(MethodsClaim? claim)
    {
        Judgement judgement = claim?.Judgement ?? Judgement.Nothing;
        return new
        {
            Seeds = claim?.SeedCount ?? 0,
            Difference = claim?.Difference ?? 0,
            judgement.Interval.Low,
            judgement.Interval.High,
            P = judgement.PValue,
            Decided = judgement.IsDecided,
            Equivalent = judgement.IsEquivalent,
            judgement.Level,
        };
    }
}
