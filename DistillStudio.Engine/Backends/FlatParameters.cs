using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Stores a model's weights in one contiguous buffer and their gradients in another, so that clipping and updating take a few calls
/// instead of several for each of hundreds of parameters. The parameters remain valid and share the memory.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private readonly long[][] _shapes;
    private readonly long[] _starts;

    /// <param name="parameters">Float32, all on one device, where they remain. Their values move into the buffer; gradients become
    /// zeros.</param>
    internal FlatParameters(IReadOnlyList<Parameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _shapes = [.. parameters.Select(p => p.shape)];
        _starts = new long[parameters.Count];
        for (int i = 1; i < _starts.Length; i++)
        {
            _starts[i] = _starts[i - 1] + parameters[i - 1].numel();
        }

        Weights = cat([.. parameters.Select(p => p.detach().reshape(-1))]).DetachFromDisposeScope();
        Gradients = zeros_like(Weights).DetachFromDisposeScope();
        for (int i = 0; i < _starts.Length; i++)
        {
            parameters[i].set_(PartOf(Weights, i));
            parameters[i].grad = PartOf(Gradients, i);
        }
    }

    /// <summary>[all], float32</summary>
    internal Tensor Weights { get; }

    /// <summary>[all], float32</summary>
    internal Tensor Gradients { get; }

    /// <param name="flat">[all]</param>
    /// <param name="parameter">Index of the parameter.</param>
    /// <returns>A view with the parameter's shape.</returns>
    internal Tensor PartOf(Tensor flat, int parameter)
    {
        using Tensor part = flat.narrow(0, _starts[parameter], _shapes[parameter].Aggregate(1L, (a, b) => a * b));
        return part.view(_shapes[parameter]);
    }

    /// <param name="flat">[all]</param>
    /// <param name="first">Index of the first parameter.</param>
    /// <param name="count">Number of parameters, matrices with the same number of columns.</param>
    /// <returns>A view of them as one matrix.</returns>
    internal Tensor MatrixOf(Tensor flat, int first, int count)
    {
        long columns = _shapes[first][1];
        long rows = _shapes.Skip(first).Take(count).Sum(shape => shape[0]);
        using Tensor part = flat.narrow(0, _starts[first], rows * columns);
        return part.view(rows, columns);
    }

    public void Dispose()
    {
        Weights.Dispose();
        Gradients.Dispose();
    }
}
