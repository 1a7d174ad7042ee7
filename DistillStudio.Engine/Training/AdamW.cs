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

    public void Step(double learningRate)
    {
        Steps++;
        double meanCorrection = 1 - Math.Pow(Beta1, Steps);
        double squareCorrection = Math.Sqrt(1 - Math.Pow(Beta2, Steps));
        using (no_grad())
        {
            for (int i = 0; i < _parameters.Count; i++)
            {
                using IDisposable scope = NewDisposeScope();
                if (_parameters[i].grad is { } gradient)
                {
                    _mean[i].mul_(Beta1).add_(gradient, alpha: 1 - Beta1);
                    _square[i].mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
                    Tensor denominator = _square[i].sqrt().div_(squareCorrection).add_(Epsilon);
                    _parameters[i].addcdiv_(_mean[i], denominator, -learningRate / meanCorrection);
                }
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
}
