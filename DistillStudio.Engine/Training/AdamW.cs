using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Adam with bias correction and no weight decay, the paper's setting (Loshchilov and Hutter 2019, algorithm 2 with λ = 0);
/// betas 0.9 and 0.999, eps 1e-8.
/// </summary>
public sealed class AdamW : IOptimizer
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Tensor[] _mean;
    private readonly Tensor[] _square;

    public AdamW(IReadOnlyList<Parameter> parameters)
    {
        _parameters = parameters;
        _mean = [.. parameters.Select(p => zeros_like(p).DetachFromDisposeScope())];
        _square = [.. parameters.Select(p => zeros_like(p).DetachFromDisposeScope())];
    }

    public int Steps { get; set; }

    public long StateBytes => 2 * _parameters.Sum(p => p.numel() * p.element_size());

    public IEnumerable<OptimizerPart> State() =>
        _mean.Select((mean, i) => new OptimizerPart("mean", i, mean)).Concat(_square.Select((square, i) => new OptimizerPart("square", i, square)));

    public void Step(double learningRate, double gradientScale = 1)
    {
        Steps++;
        double rate = learningRate / (1 - Math.Pow(Beta1, Steps));
        double root = Math.Sqrt(1 - Math.Pow(Beta2, Steps));
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (_parameters.All(p => p.device_type == DeviceType.CPU))
        {
            StepOnCpu(new((float)gradientScale, (float)Beta1, (float)(1 - Beta1), (float)Beta2, (float)(1 - Beta2), (float)rate, (float)root, (float)Epsilon));
            return;
        }

        // Numbers given bare become objects that the collector may end during the very call: these are held.
        using Scalar meanDecay = Beta1;
        using Scalar meanShare = 1 - Beta1;
        using Scalar squareDecay = Beta2;
        using Scalar squareShare = 1 - Beta2;
        using Scalar correction = root;
        using Scalar epsilon = Epsilon;
        using Scalar descent = -rate;
        for (int i = 0; i < _parameters.Count; i++)
        {
            using DisposeScope inner = NewDisposeScope();
            if (_parameters[i].grad is { } gradient)
            {
                Tensor scaled = gradientScale == 1 ? gradient : gradient * gradientScale;
                _mean[i].mul_(meanDecay).add_(scaled, alpha: meanShare);
                _square[i].mul_(squareDecay).addcmul_(scaled, scaled, squareShare);
                Tensor denominator = _square[i].sqrt().div_(correction).add_(epsilon);
                _parameters[i].addcdiv_(_mean[i], denominator, descent);
            }
        }
    }

    public void Dispose()
    {
        foreach (Tensor state in _mean.Concat(_square))
        {
            state.Dispose();
        }
    }

    /// <summary>All parameters in one job of our own kernel, which passes over memory once where tensors do six times.</summary>
    private unsafe void StepOnCpu(AdamFactors factors)
    {
        Tensor?[] gradients = [.. _parameters.Select(p => p.grad?.contiguous())];
        int[] chosen = [.. Enumerable.Range(0, gradients.Length).Where(i => gradients[i] is not null)];
        var parts = new FlatParts([.. chosen.Select(i => _parameters[i].numel())]);
        (nint Weight, nint Gradient, nint Mean, nint Square)[] addresses =
        [
            .. chosen.Select(i => (TensorMemory.AddressOf(_parameters[i]), TensorMemory.AddressOf(gradients[i]!), TensorMemory.AddressOf(_mean[i]), TensorMemory.AddressOf(_square[i]))),
        ];
        Team.Run(parts.Count, (part, _) =>
        {
            (int i, long start, int count) = parts[part];
            (nint weight, nint gradient, nint mean, nint square) = addresses[i];
            AdamKernel.Step((float*)weight + start, (float*)gradient + start, (float*)mean + start, (float*)square + start, count, factors);
        });
    }
}
