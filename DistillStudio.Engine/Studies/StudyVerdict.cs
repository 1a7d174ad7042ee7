using System.Text.Json.Serialization;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>What a study says about the cells that share a baseline.</summary>
/// <param name="Baseline">Index of the cell that the others are compared with.</param>
/// <param name="Title">The values that these cells have in common among those of the study; empty if there is one baseline only.</param>
/// <param name="Comparisons">The comparisons of methods, corrected for all comparisons of the study (Holm).</param>
/// <param name="Sentences">On each comparison one, and one more without the runs that collapsed, if any did.</param>
/// <param name="Evidence">What the sentences rest on, and what limits them.</param>
/// <param name="Verdict">The verdict on the runs, without the correction for the study's other baselines.</param>
public sealed record StudyVerdict(
    int Baseline,
    string Title,
    IReadOnlyList<CellComparison> Comparisons,
    IReadOnlyList<string> Sentences,
    IReadOnlyList<string> Evidence,
    [property: JsonIgnore] Verdict Verdict)
{
    /// <summary>Returns one of the sentences, or of the evidence, with what it is about.</summary>
    public string Titled(string sentence) => Title.Length > 0 ? $"{Title}: {sentence}" : sentence;

    /// <summary>
    /// Returns the verdicts. None for a sequential study, which looks at its runs as they come: these intervals would not allow for
    /// that, its own do. None for a baseline of which a run, or of whose cells' runs one, is still to end.
    /// </summary>
    internal static IReadOnlyList<StudyVerdict> Of(StudyProgress progress)
    {
        if (progress.Study is not { IsSequential: false, Comparison: { } comparison })
        {
            return [];
        }

        double margin = comparison.Margin ?? Verdict.UsualMargin;
        (StudyCell Baseline, StudyCell[] Cells, Verdict Verdict)[] groups =
        [
            .. from cell in progress.Grid.Cells
               let baseline = progress.Grid.BaselineOf(cell)
               where baseline is not null
               group cell by baseline! into compared
               let runs = TestedOf(progress, [compared.Key, .. compared])
               where runs.Count > 0
               select (compared.Key, compared.ToArray(), Verdict.Of(runs, margin, looks: progress.Study.Looks)),
        ];
        ComparedPair[] pairs = [.. groups.SelectMany(group => group.Verdict.Pairs).Where(pair => pair.Methods is not null)];
        var judged = new Queue<ComparedPair>(Multiplicity.JudgeMethods(pairs, margin)); // in the order of the groups
        return
        [
            .. groups.Select(group => Of(
                progress,
                group.Baseline,
                group.Cells,
                group.Verdict,
                [.. group.Verdict.Pairs.Where(pair => pair.Methods is not null).Select(_ => judged.Dequeue())],
                groups.Length)),
        ];
    }

    private static StudyVerdict Of(
        StudyProgress progress, StudyCell baseline, StudyCell[] cells, Verdict verdict, ComparedPair[] pairs, int baselines)
    {
        (StudyCell Cell, ComparedPair Pair)[] claims =
        [
            .. from pair in pairs
               let id = pair.Methods!.Other.Runs[0].Id
               select (cells.First(cell => progress.Runs.Any(run => run.Plan.Cell == cell && run.Facts?.Id == id)), pair),
        ];
        IEnumerable<Setting> varied = progress.Study.Comparison!.Baseline.Select(value => value.Setting);
        Setting[] shared =
        [
            .. from axis in progress.Study.Axes
               where !varied.Contains(axis.Setting)
               where cells.Append(baseline).Select(cell => axis.Setting.Applies(cell.Spec) ? axis.Setting.Write(cell.Spec) : "").Distinct()
                   .Count() == 1
               select axis.Setting,
        ];
        return new StudyVerdict(
            baseline.Index,
            baselines == 1 || shared.Length == 0 ? "" : baseline.TitleOf(shared),
            [.. claims.Select(claim => CellComparison.Of(claim.Cell, claim.Pair.Methods!))],
            claims.Length == 0 ? verdict.Sentences : [.. claims.SelectMany(claim => SentencesOn(claim.Pair, verdict))],
            [.. EvidenceOf(claims.Select(claim => claim.Pair), verdict)],
            verdict);
    }

    private static IEnumerable<string> SentencesOn(ComparedPair pair, Verdict verdict)
    {
        yield return MethodsText.Sentence(pair.Methods!, verdict.Margin, null);
        if (MethodsText.WithoutCollapsed(pair, verdict.Collapsed.ContainsKey, verdict.Margin) is { } rest)
        {
            yield return rest;
        }
    }

    private static IEnumerable<string> EvidenceOf(IEnumerable<ComparedPair> pairs, Verdict verdict)
    {
        foreach (ComparedPair pair in pairs)
        {
            string?[] lines =
            [
                MethodsText.Evidence(pair.Methods!),
                VerdictEvidence.EqualComputeText(pair),
                VerdictEvidence.LastWeights(pair),
            ];
            foreach (string line in lines.OfType<string>())
            {
                yield return line;
            }
        }

        if (VerdictEvidence.ConditionsText(verdict.Runs) is { } conditions)
        {
            yield return conditions;
        }

        foreach (string line in VerdictEvidence.Collapses(verdict.Groups, verdict.Collapsed))
        {
            yield return line;
        }
    }

    /// <summary>
    /// Returns the tested runs, those of the first cell first; none if a run is still to end, or there is nothing to compare.
    /// </summary>
    private static IReadOnlyList<ComparedRun> TestedOf(StudyProgress progress, IReadOnlyList<StudyCell> cells)
    {
        StudyRun[] runs = [.. cells.SelectMany(cell => progress.Runs.Where(run => run.Plan.Cell == cell))];
        StudyRun[] tested = [.. runs.Where(run => run.Accuracy is not null)];
        bool isOver = !runs.Any(run => run.IsOpen || run.State == StudyRunState.Active);
        return isOver && tested.Any(run => run.Plan.Cell == cells[0]) && tested.Any(run => run.Plan.Cell != cells[0])
            ? [.. tested.Select(run => run.Facts!.Run with { Name = $"{run.Plan.Cell.Title}, seed {run.Plan.Seed}" })]
            : [];
    }
}

/// <summary>A cell compared with its baseline over seeds.</summary>
/// <param name="Seeds">Number of seeds of the cell with fewer.</param>
/// <param name="Difference">Mean accuracy of the cell minus that of its baseline, in [-1, 1].</param>
/// <param name="Low">Lower end of the interval of the difference; null if nothing can be claimed.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Level">Level of the interval: 0.95 for a single comparison, higher for several.</param>
/// <param name="P">Two-sided, corrected for all comparisons of the study.</param>
/// <param name="IsAlwaysValid">Whether interval and p hold at every look, as seeds were added after a verdict could be seen.</param>
public sealed record CellComparison(
    int Cell, int Seeds, double Difference, double? Low, double? High, double Level, double P, bool IsDecided, bool IsEquivalent,
    bool IsAlwaysValid)
{
    internal static CellComparison Of(StudyCell cell, MethodsClaim claim)
    {
        Judgement judged = claim.Judgement;
        bool isClaimed = judged.Comparison is not null;
        return new(
            cell.Index,
            claim.SeedCount,
            claim.Difference,
            isClaimed ? judged.Interval.Low : null,
            isClaimed ? judged.Interval.High : null,
            judged.Level,
            judged.PValue,
            judged.IsDecided,
            judged.IsEquivalent,
            claim.Seeds?.IsAlwaysValid ?? false);
    }
}
