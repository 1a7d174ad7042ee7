using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Keeps the cast weights of a model's products until disposed; see <see cref="T5.CacheWeightCasts"/>.</summary>
internal sealed class WeightCastScope : IDisposable
{
    private readonly IReadOnlyList<Linear> _linears;
    private readonly WeightCast? _tiedHead;

    /// <param name="linears">All of the model.</param>
    /// <param name="tiedHead">The LM head's product and weight if it is tied to the embedding; else null.</param>
    /// <param name="inPlace">As for <see cref="WeightCast.Hold"/>.</param>
    internal WeightCastScope(IReadOnlyList<Linear> linears, (WeightCast Operand, Parameter Weight)? tiedHead, bool inPlace)
    {
        using IDisposable noGrad = no_grad();
        _linears = linears;
        _tiedHead = tiedHead?.Operand;
        try
        {
            foreach (Linear linear in linears)
            {
                linear.HoldOperand(inPlace);
            }

            tiedHead?.Operand.Hold(tiedHead.Value.Weight, inPlace);
        }
        catch
        {
            Dispose(); // products would go on with the weights held so far
            throw;
        }
    }

    public void Dispose()
    {
        foreach (Linear linear in _linears)
        {
            linear.ReleaseOperand();
        }

        _tiedHead?.Release();
    }
}
