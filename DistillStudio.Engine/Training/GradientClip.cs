using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Keeps the norm of all gradients together at 1, as PyTorch's <c>clip_grad_norm_</c> does.</summary>
public static class GradientClip
{
    private const double MaxNorm = 1.0;
    private const double Epsilon = 1e-6;

    /// <summary>What gradients of this norm are multiplied by: min(1, 1 / (norm + 1e-6)).</summary>
    public static double ScaleOf(double norm) => Math.Min(1, MaxNorm / (norm + Epsilon));

    /// <summary>Of all gradients together, not yet scaled.</summary>
    public static double Norm(IReadOnlyList<Parameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] gradients = [.. parameters.Select(p => p.grad).OfType<Tensor>()];
        return gradients.All(g => g.device_type == DeviceType.CPU && g.is_contiguous() && g.dtype == ScalarType.Float32)
            ? NormOnCpu(gradients)

            // The sum of squares by pairs is exact enough where torch.norm is 0.2 % low on millions of values.
            : stack(gradients.Select(g => g.pow(2).sum()).ToArray()).sum().sqrt().item<float>();
    }

    /// <summary>Scales the gradients where they are. Returns their norm before that, a scalar.</summary>
    public static Tensor Apply(IReadOnlyList<Parameter> parameters)
    {
        double norm = Norm(parameters);
        using IDisposable noGrad = no_grad();
        foreach (Parameter parameter in parameters)
        {
            using Tensor? gradient = parameter.grad;
            gradient?.mul_(ScaleOf(norm));
        }

        return tensor((float)norm);
    }

    private static unsafe double NormOnCpu(Tensor[] gradients)
    {
        var parts = new FlatParts([.. gradients.Select(g => g.numel())]);
        nint[] addresses = [.. gradients.Select(TensorMemory.AddressOf)];
        double[] sums = new double[parts.Count];
        Team.Run(parts.Count, (part, _) =>
        {
            (int gradient, long start, int count) = parts[part];
            sums[part] = SquareSumKernel.Run((float*)addresses[gradient] + start, count);
        });
        return Math.Sqrt(sums.Sum());
    }
}
