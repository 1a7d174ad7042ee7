using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>
/// What a comparison of runs came to: page, command line and report say the same. Two kinds of claims are kept apart: about the models
/// compared, which are sets of weights, and about the methods that trained them, which takes several seeds of each.
/// </summary>
public sealed record Verdict
{
    /// <summary>Margin within which methods count as equally good, unless the user sets another.</summary>
    public const double UsualMargin = 0.02;

    /// <summary>Largest margin that can be set.</summary>
    public const double LargestMargin = 0.5;

    /// <summary>The compared runs, baseline first.</summary>
    public required IReadOnlyList<ComparedRun> Runs { get; init; }

    /// <summary>Their methods, the baseline's first.</summary>
    public required IReadOnlyList<MethodGroup> Groups { get; init; }

    /// <summary>Margin of equivalence, as a fraction of the rows.</summary>
    public required double Margin { get; init; }

    /// <summary>Headline sentences, most important first.</summary>
    public required IReadOnlyList<string> Sentences { get; init; }

    /// <summary>Whether the runs are compared when all had taken the same compute, on validation, instead of by their tests.</summary>
    public bool IsAtEqualCompute { get; init; }

    /// <summary>What the sentences rest on, and what limits them.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>The comparisons with the baseline, in the order of the methods or runs; empty if there is nothing to compare yet.</summary>
    public IReadOnlyList<ComparedPair> Pairs { get; init; } = [];

    /// <summary>The pair that the sentences are about: the one with the largest difference; null if there is none.</summary>
    public ComparedPair? Leading { get; init; }

    /// <summary>Why curves on validation may not be comparable, as a sentence; null if they are.</summary>
    public string? ValidationNote { get; init; }

    /// <summary>Which runs' records lack lines, as a sentence; null if none does.</summary>
    public string? RecordNote { get; init; }

    /// <summary>Why runs count as collapsed, by id; <see cref="Collapse.Sentence"/> makes it a sentence.</summary>
    public IReadOnlyDictionary<string, string> Collapsed { get; init; } = new Dictionary<string, string>();

    /// <summary>Why the best accuracy on validation flatters runs, by id.</summary>
    public IReadOnlyDictionary<string, string> Optimistic { get; init; } = new Dictionary<string, string>();

    /// <summary>Tested runs with further seeds of the compared methods, which were not compared.</summary>
    public IReadOnlyList<ComparedRun> LeftOut { get; init; } = [];

    /// <summary>Settings of the runs that, with those left out, would give every method the same seeds, and more of them; empty if that
    /// would tell nothing.</summary>
    public IReadOnlyList<RunSpec> MoreSeeds { get; init; } = [];

    /// <summary>Compares runs.</summary>
    /// <param name="runs">At least two, baseline first.</param>
    /// <param name="margin">In (0, <see cref="LargestMargin"/>].</param>
    /// <param name="others">Further tested runs on the same datasets, which show how much seeds differ and which are left out; without
    /// their events.</param>
    /// <param name="isAtEqualCompute">Compares the runs as they were when all had taken the same compute, on validation.</param>
    /// <param name="looks">See <see cref="MethodsClaim.Looks"/>.</param>
    public static Verdict Of(
        IReadOnlyList<ComparedRun> runs,
        double margin = UsualMargin,
        IReadOnlyList<ComparedRun>? others = null,
        bool isAtEqualCompute = false,
        IReadOnlyList<int>? looks = null) =>
        new VerdictBuilder(runs, margin, others ?? [], isAtEqualCompute, looks).Build();
}
