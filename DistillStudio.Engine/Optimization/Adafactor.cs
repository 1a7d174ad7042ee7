using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Optimization;

/// <summary>
/// Adafactor (Shazeer and Stern 2018) with a given learning rate: no relative step, no parameter scaling, no momentum;
/// decay 1 − t^-0.8, update clipped to a root mean square of 1, eps 1e-30. Matrices keep a row and a column of second moments.
/// </summary>
public sealed class Adafactor : IOptimizer
{
    private const double DecayRate = -0.8;
    private const double ClipThreshold = 1.0;
    private const double Epsilon = 1e-30;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Tensor[] _rows; // for a vector, the whole second moment
    private readonly Tensor?[] _columns;
    private readonly ICopyState? _copies;
    private int _steps;

    public Adafactor(IReadOnlyList<Parameter> parameters)
        : this(parameters, null)
    {
    }

    /// <param name="parameters">The parameters to update.</param>
    /// <param name="copies">Copies of the weights, which this optimiser does not write; null for none.</param>
    internal Adafactor(IReadOnlyList<Parameter> parameters, ICopyState? copies)
    {
        (_parameters, _copies) = (parameters, copies);
        _rows = [.. parameters.Select(p => zeros(p.shape.Length > 1 ? p.shape[..^1] : p.shape, device: p.device).DetachFromDisposeScope())];
        _columns = [.. parameters.Select(p => p.shape.Length > 1
            ? zeros([.. p.shape[..^2], p.shape[^1]], device: p.device).DetachFromDisposeScope()
            : null)];
    }

    /// <inheritdoc/>
    /// <remarks>Set with each step, and when a checkpoint's state replaces the present one: copies are then out of date.</remarks>
    public int Steps
    {
        get => _steps;
        set
        {
            _steps = value;
            if (_copies is not null)
            {
                _copies.AreCurrent = false;
            }
        }
    }

    public long StateBytes => _rows.Concat(_columns.OfType<Tensor>()).Sum(s => s.numel() * s.element_size());

    public IEnumerable<OptimizerPart> State() =>
        _rows.Select((rows, i) => new OptimizerPart("rows", i, rows))
            .Concat(
                _columns.Index().Where(column => column.Item is not null).Select(
                    column => new OptimizerPart("columns", column.Index, column.Item!)));

    public void Step(double learningRate, double gradientScale = 1, Tensor? factor = null)
    {
        Steps++;
        double decay = 1 - Math.Pow(Steps, DecayRate);

        // Scalars created by implicit conversion may be finalized during the call; these variables keep them alive.
        using Scalar kept = decay.ToScalar();
        using Scalar rest = (1 - decay).ToScalar();
        using Scalar scale = gradientScale.ToScalar();
        using Scalar threshold = ClipThreshold.ToScalar();
        using Scalar least = 1.0.ToScalar();
        using Scalar rate = learningRate.ToScalar();
        using (no_grad())
        {
            for (int i = 0; i < _parameters.Count; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                if (_parameters[i].grad is { } gradient)
                {
                    gradient = gradientScale == 1 ? gradient : gradient * scale;
                    Tensor update = Update(i, factor is null ? gradient : gradient * factor, kept, rest);
                    Tensor rootMeanSquare = update.square().mean().sqrt();
                    update.div_((rootMeanSquare / threshold).clamp_(min: least));
                    _parameters[i].sub_(update.mul_(rate));
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Tensor state in _rows.Concat(_columns.OfType<Tensor>()))
        {
            state.Dispose();
        }
    }

    private Tensor Update(int i, Tensor gradient, Scalar kept, Scalar rest)
    {
        using Scalar epsilon = Epsilon.ToScalar();
        Tensor square = gradient.square().add_(epsilon, alpha: TensorArithmetic.One);
        if (_columns[i] is not { } columns)
        {
            _rows[i].mul_(kept).add_(square, alpha: rest);
            return gradient * _rows[i].rsqrt();
        }

        _rows[i].mul_(kept).add_(square.mean([-1]), alpha: rest);
        columns.mul_(kept).add_(square.mean([-2]), alpha: rest);
        Tensor rowFactor = (_rows[i] / _rows[i].mean([-1], keepdim: true)).rsqrt_().unsqueeze(-1);
        return gradient * rowFactor * columns.rsqrt().unsqueeze(-2);
    }
}
