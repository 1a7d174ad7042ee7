using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Keeps the norm of all gradients together at 1, as PyTorch's <c>clip_grad_norm_</c> does.</summary>
public static class GradientClip
{
    private const double MaxNorm = 1.0;
    private const double Epsilon = 1e-6;

    /// <summary>Scales the gradients by min(1, 1 / (norm + 1e-6)) without asking the device for the norm. Returns it before scaling, a scalar.</summary>
    public static Tensor Apply(IReadOnlyList<Parameter> parameters)
    {
        using IDisposable _ = no_grad();
        Tensor[] gradients = [.. parameters.Select(p => p.grad).OfType<Tensor>()];

        // The sum of squares by pairs is exact enough where torch.norm is 0.2 % low on millions of values.
        Tensor norm = stack(gradients.Select(g => g.pow(2).sum()).ToArray()).sum().sqrt();
        Tensor scale = (norm + Epsilon).reciprocal_().mul_(MaxNorm).clamp_(max: 1.0);
        foreach (Tensor gradient in gradients)
        {
            gradient.mul_(scale);
        }

        return norm;
    }
}
