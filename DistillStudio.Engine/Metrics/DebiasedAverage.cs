namespace DistillStudio.Engine.Metrics;

/// <summary>
/// Exponential moving average of a curve, divided by the weight of the values seen so far, as TensorBoard smooths: after n values
/// s = Σ w^(n − i) y(i) / Σ w^(n − i). Without the division, the first value would count as if the curve had always had it.
/// </summary>
/// <param name="Value">The average; 0 before the first value.</param>
/// <param name="Share">1 − w^n, the sum of the values' weights in an average that began with 0; 0 before the first value.</param>
public readonly record struct DebiasedAverage(double Value, double Share)
{
    /// <summary>Returns the average after one more value; a missing or non-finite value leaves it unchanged.</summary>
    /// <param name="value">The next value.</param>
    /// <param name="weight">Weight of the past w, in [0, 1): roughly the last 1 / (1 − w) values count.</param>
    public DebiasedAverage Next(double? value, double weight)
    {
        if (value is not { } y || !double.IsFinite(y))
        {
            return this;
        }

        double share = (weight * Share) + (1 - weight);
        return new(Value + ((1 - weight) / share * (y - Value)), share);
    }
}
