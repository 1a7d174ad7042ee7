using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// Draws initial weights: every standard deviation is a multiple of the config's initializer_factor, as in Hugging Face's T5.
/// </summary>
internal sealed class T5Initializer(T5Config config, Generator generator)
{
    internal T5Config Config => config;

    /// <summary>Draws from a normal distribution with mean 0.</summary>
    /// <param name="weight">Overwritten.</param>
    /// <param name="deviation">Standard deviation before the factor.</param>
    internal void Normal(Parameter weight, double deviation)
    {
        // Drawn on the CPU, so that a seed gives the same weights on every device.
        using Tensor drawn = empty(weight.shape).normal_(0, config.InitializerFactor * deviation, generator);
        weight.copy_(drawn);
    }

    internal void Norm(RmsNorm norm)
    {
        using Scalar factor = config.InitializerFactor.ToScalar();
        norm.Weight.fill_(factor);
    }
}
