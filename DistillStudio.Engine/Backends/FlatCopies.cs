using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// bfloat16 copies of a model's contiguous weights in one tensor, which AdamW's kernel writes while it has the weights at hand, and which
/// the products of training and generation read: no step casts the weights.
/// </summary>
internal sealed class FlatCopies : ICopyState, IDisposable
{
    private readonly T5 _model;
    private readonly FlatParameters _flat;
    private readonly Dictionary<nint, int> _indices = []; // of the weights, by their handle
    private readonly List<Tensor> _views = [];

    /// <param name="model">Of bfloat16 products, which use the copies until these are disposed.</param>
    /// <param name="flat">All its weights.</param>
    /// <param name="operations">Own kernels of the model.</param>
    internal FlatCopies(T5 model, FlatParameters flat, IFusedOperations operations)
    {
        (_model, _flat) = (model, flat);
        using IDisposable noGrad = no_grad();
        All = empty(flat.Weights.shape, ScalarType.BFloat16, flat.Weights.device).DetachFromDisposeScope();
        foreach (Parameter weight in model.parameters())
        {
            _indices[weight.Handle] = _indices.Count;
        }

        model.UseCopies(weights => CopyOf(weights, operations));
    }

    /// <summary>[all], bfloat16</summary>
    internal Tensor All { get; }

    public bool AreCurrent { get; set; }

    /// <summary>Returns the bytes of the copies of a model's weights.</summary>
    internal static long BytesOf(T5Config config) => config.ParameterCount * sizeof(ushort);

    /// <summary>Writes the copies if they are not current.</summary>
    internal void Refresh()
    {
        if (!AreCurrent)
        {
            using IDisposable noGrad = no_grad();
            All.copy_(_flat.Weights);
            AreCurrent = true;
        }
    }

    public void Dispose()
    {
        _model.UseCopies(_ => null);
        _views.ForEach(view => view.Dispose());
        All.Dispose();
    }

    private WeightCopy CopyOf(IReadOnlyList<Parameter> weights, IFusedOperations operations)
    {
        int[] indices = [.. weights.Select(weight => _indices[weight.Handle])];
        if (!indices.SequenceEqual(Enumerable.Range(indices[0], indices.Length)))
        {
            throw new ArgumentException("The weights are not stored one after the other.", nameof(weights));
        }

        Tensor View(Tensor flat)
        {
            Tensor view = _flat.MatrixOf(flat, indices[0], indices.Length).DetachFromDisposeScope();
            _views.Add(view);
            return view;
        }

        return new(View(All), View(_flat.Gradients), () => AreCurrent, Refresh, operations);
    }
}
