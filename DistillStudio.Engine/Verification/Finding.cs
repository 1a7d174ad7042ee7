using System.Globalization;

namespace DistillStudio.Engine.Verification;

/// <summary>One discrepancy of a run's record: with the result of a replay, or within itself.</summary>
/// <param name="Place">The file, relative to the run's folder, such as <c>events.jsonl</c>.</param>
/// <param name="Step">Step of the figure; null if it belongs to no step.</param>
/// <param name="Field">Name of the figure, as spelled in the file.</param>
/// <param name="Recorded">The recorded value.</param>
/// <param name="Found">The value computed, or implied by the rest of the record.</param>
public sealed record Finding(string Place, int? Step, string Field, string Recorded, string Found)
{
    /// <summary>Display text: <c>events.jsonl, step 7, labelLoss: 1.25 is recorded, 1.31 was found.</c></summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"{Place}{(Step is { } step ? $", step {step}" : "")}, {Field}: {Recorded} is recorded, {Found} was found.");

    /// <summary>Formats a figure with all its digits.</summary>
    internal static string Spell(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "nothing";
}
