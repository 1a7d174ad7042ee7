using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Casts a float32 weight to the model's precision for a product: at each use, or once while it is held.</summary>
internal sealed class WeightCast(Precision precision)
{
    private readonly ScalarType _type = precision.ToScalarType();
    private Tensor? _memory;
    private Tensor? _held;
    private bool _isKept;

    /// <param name="x">[..., In]</param>
    /// <param name="weight">[Out, In]</param>
    /// <returns>[..., Out], in the model's precision.</returns>
    internal Tensor Multiply(Tensor x, Parameter weight)
    {
        if (_held is null && Copy is { } copy && copy.IsCurrent())
        {
            return is_grad_enabled()
                ? CopiedWeightFunction.Apply(copy, x.to(_type))
                : nn.functional.linear(x.to(_type), copy.Values);
        }

        return nn.functional.linear(x.to(_type), _held ?? weight.to(_type));
    }

    /// <summary>Copy of the weight that training reads; null for none.</summary>
    internal WeightCopy? Copy { get; set; }

    /// <summary>Keeps the cast weight until <see cref="Release"/>; the weight must not change in between.</summary>
    /// <param name="weight">[Out, In]</param>
    /// <param name="inPlace">Whether this and all later calls use the same memory, until <see cref="Free"/>.</param>
    internal void Hold(Parameter weight, bool inPlace)
    {
        _isKept |= inPlace;
        if (weight.dtype == _type)
        {
            return;
        }

        if (Copy is { } copy)
        {
            copy.Refresh();
            _held = copy.Values;
            return;
        }

        if (_memory is null)
        {
            _memory = weight.to(_type).DetachFromDisposeScope();
        }
        else
        {
            _memory.copy_(weight);
        }

        _held = _memory;
    }

    internal void Release()
    {
        _held = null;
        if (!_isKept)
        {
            Free();
        }
    }

    internal void Free()
    {
        _memory?.Dispose();
        (_memory, _held, _isKept) = (null, null, false);
    }
}

/// <summary>Multiplies by a weight matrix [Out, In], without bias.</summary>
internal sealed class Linear : nn.Module
{
    private readonly Parameter weight;
    private readonly WeightCast _operand;

    internal Linear(long inputs, long outputs, Precision precision)
        : base(nameof(Linear))
    {
        weight = new Parameter(zeros(outputs, inputs));
        _operand = new WeightCast(precision);
        RegisterComponents();
    }

    internal Parameter Weight => weight;

    /// <inheritdoc cref="T5.UseCopies"/>
    internal void UseCopies(CopyOfWeights copyOf) => _operand.Copy = copyOf([weight]);

    /// <param name="x">[..., In]</param>
    /// <returns>[..., Out], in the model's precision.</returns>
    internal Tensor Forward(Tensor x) => _operand.Multiply(x, weight);

    internal void HoldOperand(bool inPlace) => _operand.Hold(weight, inPlace);

    internal void ReleaseOperand() => _operand.Release();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _operand.Free();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Divides by the root mean square, then scales each channel: no mean, no bias (https://arxiv.org/abs/1910.07467).</summary>
internal sealed class RmsNorm : nn.Module
{
    private readonly Parameter weight;
    // Kept in a field: an implicitly created Scalar may be finalized during the call.
    private readonly Scalar _epsilon;

    internal RmsNorm(T5Config config)
        : base(nameof(RmsNorm))
    {
        weight = new Parameter(ones(config.DModel));
        _epsilon = config.LayerNormEpsilon.ToScalar();
        Epsilon = (float)config.LayerNormEpsilon;
        RegisterComponents();
    }

    internal Parameter Weight => weight;

    internal float Epsilon { get; }

    /// <param name="x">[..., D], float32</param>
    internal Tensor Forward(Tensor x)
    {
        Tensor meanSquare = x.square().mean([-1], keepdim: true); // [..., 1]
        return weight * (x * meanSquare.add_(_epsilon, alpha: TensorArithmetic.One).rsqrt());
    }
}

/// <summary>Embedding table [Rows, D].</summary>
internal sealed class Embedding : nn.Module
{
    private readonly Parameter weight;

    internal Embedding(long rows, long width)
        : base(nameof(Embedding))
    {
        weight = new Parameter(zeros(rows, width));
        RegisterComponents();
    }

    internal Parameter Weight => weight;

    /// <param name="ids">int64, any shape.</param>
    /// <returns>Shape of <paramref name="ids"/>, then D.</returns>
    internal Tensor Forward(Tensor ids) =>
        (weight.device_type == DeviceType.CUDA ? SelectInOrder(ids.reshape(-1)) : weight.index_select(0, ids.reshape(-1)))
            .view([.. ids.shape, weight.shape[1]]);

    /// <summary>
    /// Selects rows such that a GPU adds the gradients of a repeated id in a fixed order; after <c>index_select</c> the order, and with it
    /// the rounding, would differ between two equal steps.
    /// </summary>
    /// <param name="ids">[N], int64</param>
    internal Tensor SelectInOrder(Tensor ids) => weight.index(TensorIndex.Tensor(ids));
}
