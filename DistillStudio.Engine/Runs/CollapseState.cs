using System.Text.Json.Serialization;

namespace DistillStudio.Engine.Runs;

/// <summary>Figures kept from an evaluation on validation.</summary>
/// <param name="Loss">The method's weighted sum of losses.</param>
/// <param name="CommonShare">Fraction of the answers that equal the most common truth, in [0, 1].</param>
public sealed record EvaluationPoint(int Step, double Loss, double CommonShare);

/// <summary>
/// The latest evaluations and the notices already given. Part of a checkpoint, so that a resumed run gives the same notices.
/// </summary>
public sealed record CollapseState(
    [property: JsonPropertyName("looks")] IReadOnlyList<EvaluationPoint> Evaluations,
    [property: JsonPropertyName("isFlatTold")] bool IsFlatReported,
    [property: JsonPropertyName("isRisingTold")] bool IsRisingReported)
{
    public static CollapseState Start { get; } = new([], false, false);
}
