using System.Globalization;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verdicts;

/// <summary>What training took up to a step.</summary>
/// <param name="Examples">Examples trained on, counted once for each pass.</param>
/// <param name="Tokens">Input and target tokens without padding.</param>
/// <param name="Flops">Floating-point operations of the weight matrices; null for runs recorded by an older program.</param>
/// <param name="Seconds">Time of the steps, without evaluations and pauses.</param>
public sealed record TrainingCost(int Step, long Examples, long Tokens, double? Flops, double Seconds)
{
    public static TrainingCost None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>Returns the operations as text: <c>1.2e13 FLOP</c>.</summary>
    public static string FlopText(double? flops) => flops is null ? Format.Nothing : $"{FlopNumber(flops)} FLOP";

    /// <summary>Returns the operations as a number for a column that names the unit: <c>1.2e13</c>.</summary>
    public static string FlopNumber(double? flops) => flops?.ToString("0.0e0", CultureInfo.InvariantCulture) ?? Format.Nothing;
}
