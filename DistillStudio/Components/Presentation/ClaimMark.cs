using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Components.Presentation;

/// <summary>A comparison at a glance.</summary>
/// <param name="Title">What is compared with what.</param>
/// <param name="Outcome">The finding in one or two words.</param>
/// <param name="Kind">Name of the outcome's style: <c>better</c>, <c>worse</c>, <c>same</c> or <c>open</c>.</param>
/// <param name="Difference">In accuracy, in [-1, 1]; null if nothing is claimed.</param>
/// <param name="Interval">Interval of the difference; null if nothing is claimed.</param>
public sealed record ClaimMark(string Title, string Outcome, string Kind, double? Difference, ConfidenceInterval? Interval)
{
    /// <summary>Outcome of a comparison of runs that learned nothing.</summary>
    public const string Collapsed = "collapsed";

    private const string Open = "open";

    /// <summary>Returns the marks of a comparison of runs: of the methods, and of the two models.</summary>
    public static IEnumerable<ClaimMark> Of(ComparedPair pair)
    {
        if (pair.Methods is { } methods)
        {
            yield return Of(
                $"{methods.Other.Name} against {methods.Baseline.Name}, the methods", methods.Judgement, methods.Difference,
                methods.Collapsed.Count);
        }

        ModelsClaim models = pair.Models;
        yield return Of($"{models.Other.Name} against {models.Baseline.Name}, these two models", models.Judgement, models.Rows?.Difference
            ?? 0, models.Collapsed.Count);
    }

    /// <summary>Returns the marks of a study's comparisons.</summary>
    public static IEnumerable<ClaimMark> Of(StudyResult result) =>
    [
        .. from verdict in result.Verdicts
           from comparison in verdict.Comparisons
           select Of(TitleOf(result, comparison.Cell, verdict.Baseline), comparison, HasCollapsed(result.Cells[comparison.Cell])
               && HasCollapsed(result.Cells[verdict.Baseline])),
        .. result.Decisions.Select(decision => Of(TitleOf(result, decision.Cell, decision.Baseline), decision)),
    ];

    private static string TitleOf(StudyResult result, int cell, int baseline) =>
        $"{result.Cells[cell].Title} against {result.Cells[baseline].Title}";

    private static ClaimMark Of(string title, Judgement judgement, double difference, int collapsed) => judgement.Comparison is null
        ? new(title, collapsed > 1 ? Collapsed : "inconclusive", Open, null, null)
        : Of(title, judgement.IsDecided, judgement.IsEquivalent, difference, judgement.Interval);

    private static bool HasCollapsed(CellResult cell) => cell.Collapsed > 0 && cell.Collapsed == cell.Accuracy?.Seeds;

    private static ClaimMark Of(string title, CellComparison comparison, bool isCollapsed) => comparison is { Low: { } low, High: { } high }
        ? Of(title, comparison.IsDecided, comparison.IsEquivalent, comparison.Difference, new(low, high))
        : new(title, isCollapsed ? Collapsed : "inconclusive", Open, null, null);

    private static ClaimMark Of(string title, StudyDecision decision) => decision switch
    {
        { Kind: DecisionKind.Collapsed } => new(title, Collapsed, Open, null, null),
        { Difference: { } difference, Interval: { } interval } =>
            Of(title, decision.Kind == DecisionKind.Decided, decision.Kind == DecisionKind.Equivalent, difference, interval),
        _ => new(title, Open, Open, null, null),
    };

    private static ClaimMark Of(string title, bool isDecided, bool isEquivalent, double difference, ConfidenceInterval interval) =>
        (isDecided, isEquivalent) switch
        {
            (true, _) => new(title, difference > 0 ? "better" : "worse", difference > 0 ? "better" : "worse", difference, interval),
            (_, true) => new(title, "as good", "same", difference, interval),
            _ => new(title, "not decided", Open, difference, interval),
        };
}
