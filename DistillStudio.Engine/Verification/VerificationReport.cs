using System.Globalization;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verification;

/// <summary>Result of a verification, or of a part of it.</summary>
public enum VerificationOutcome
{
    /// <summary>Every figure compared is equal to the last bit.</summary>
    Reproduced,

    /// <summary>Some figures differ, by no more than different conditions of the computation explain.</summary>
    Deviates,

    /// <summary>Some figures differ, and the conditions do not explain it; or the record contradicts itself.</summary>
    Differs,
}

/// <summary>The largest difference of a loss between record and replay.</summary>
/// <param name="Relative">|recorded − replayed| / max(|recorded|, |replayed|).</param>
public sealed record LossDeviation(int Step, string Field, double Relative);

/// <summary>Result of replaying a stretch, or of testing the exported weights again.</summary>
/// <param name="Name">Display text: <c>steps 1 to 250</c>, <c>test of the exported weights</c>.</param>
/// <param name="Steps">Number of optimiser steps recomputed.</param>
/// <param name="Largest">Null if all losses are equal.</param>
/// <param name="Environment">Conditions that differ from those of the run, and may change the last bits.</param>
/// <param name="Findings">The differences that the conditions do not explain.</param>
public sealed record ReplayResult(
    string Name,
    int Steps,
    VerificationOutcome Outcome,
    LossDeviation? Largest,
    IReadOnlyList<EnvironmentDifference> Environment,
    IReadOnlyList<Finding> Findings,
    double Seconds)
{
    /// <summary>Display text: one sentence.</summary>
    [JsonIgnore]
    public string Sentence => Outcome switch
    {
        VerificationOutcome.Reproduced => $"{Capital(Name)}: reproduced to the last bit.",
        VerificationOutcome.Differs =>
            $"{Capital(Name)}: not reproduced, {Format.Plural(Findings.Count, "figure")} of the record "
                + $"{(Findings.Count == 1 ? "is" : "are")} not what was computed.",
        _ when Largest is { } loss => string.Create(
            CultureInfo.InvariantCulture,
            $"{Capital(Name)}: the largest deviation of a loss is {100 * loss.Relative:0.######} % ({loss.Field} of step {loss.Step})."),
        _ => $"{Capital(Name)}: every loss is reproduced to the last bit; digests or answers differ.",
    };

    private static string Capital(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";
}

/// <summary>What was verified of a run, and with which result.</summary>
/// <param name="Run">Name of the run's folder.</param>
/// <param name="TotalSteps">Number of recorded steps.</param>
/// <param name="ReplayedSteps">Number of steps recomputed.</param>
/// <param name="Seed">Seed with which the stretches were drawn; null if they were named.</param>
/// <param name="Record">Contradictions within the record, found without recomputing anything.</param>
/// <param name="Replays">The stretches in order, then the test of the exported weights.</param>
/// <param name="Notes">What could not be checked, and why; one sentence each.</param>
public sealed record VerificationReport(
    string Run,
    int TotalSteps,
    int ReplayedSteps,
    int? Seed,
    IReadOnlyList<Finding> Record,
    IReadOnlyList<ReplayResult> Replays,
    IReadOnlyList<string> Notes,
    double Seconds)
{
    public VerificationOutcome Outcome =>
        Record.Count > 0 ? VerificationOutcome.Differs
        : Replays.Select(replay => replay.Outcome).DefaultIfEmpty(VerificationOutcome.Reproduced).Max();

    /// <summary>All findings: those of the record, then those of the replays.</summary>
    public IReadOnlyList<Finding> Findings => [.. Record, .. Replays.SelectMany(replay => replay.Findings).Except(Record)];

    /// <summary>Display text: the result, each part, and what was not checked.</summary>
    public IReadOnlyList<string> Sentences =>
    [
        Headline(),
        Record.Count == 0 ? "The record agrees with itself." : $"The record contradicts itself in {Format.Plural(Record.Count, "place")}.",
        .. Replays.Select(replay => replay.Sentence),
        .. Conditions(),
        .. Notes,
    ];

    private string Headline()
    {
        double percent = 100.0 * ReplayedSteps / Math.Max(1, TotalSteps);
        string share = string.Create(
            CultureInfo.InvariantCulture,
            $"{Format.Count(ReplayedSteps)} of {Format.Plural(TotalSteps, "step")} computed again, {percent:0.##} %");
        return Outcome switch
        {
            VerificationOutcome.Reproduced when ReplayedSteps == 0 => $"Nothing contradicts the record ({share}).",
            VerificationOutcome.Reproduced => $"Reproduced to the last bit ({share}).",
            VerificationOutcome.Deviates => $"Reproduced up to rounding: bits may differ here ({share}).",
            _ => $"Not reproduced ({share}).",
        };
    }

    private IEnumerable<string> Conditions()
    {
        IEnumerable<ReplayResult> different = Replays.Where(replay => replay.Outcome != VerificationOutcome.Reproduced);
        string[] conditions = [.. different.SelectMany(replay => replay.Environment).Distinct().Select(one => one.Recorded == one.Here
            ? $"{one.What} {one.Here}, whose order of summation varies"
            : $"{one.What} {one.Recorded}, here {one.Here}")];
        return conditions.Length == 0
            ? []
            : [$"Bits may differ because the run was computed under other conditions: {string.Join("; ", conditions)}."];
    }
}
