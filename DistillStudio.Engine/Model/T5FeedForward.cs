using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Position-wise feed-forward network: <c>wo(act(wi(x)))</c>, or gated, <c>wo(act(wi_0(x)) · wi_1(x))</c>.</summary>
internal sealed class T5FeedForward : nn.Module
{
    private readonly Linear? wi;
    private readonly Linear? wi_0;
    private readonly Linear? wi_1;
    private readonly Linear wo;
    private readonly LinearGroup _entry;
    private readonly Activation _activation;
    private readonly DropoutSource _dropout;
    private readonly uint _site;

    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of the products.</param>
    /// <param name="dropout">Dropout of the model.</param>
    /// <param name="site">Dropout site between the products.</param>
    internal T5FeedForward(T5Config config, Precision precision, DropoutSource dropout, uint site)
        : base(nameof(T5FeedForward))
    {
        if (config.IsGated)
        {
            wi_0 = new Linear(config.DModel, config.DFf, precision);
            wi_1 = new Linear(config.DModel, config.DFf, precision);
            _entry = new(wi_0, wi_1);
        }
        else
        {
            wi = new Linear(config.DModel, config.DFf, precision);
            _entry = new(wi);
        }

        wo = new Linear(config.DFf, config.DModel, precision);
        _activation = config.Activation;
        _dropout = dropout;
        _site = site;
        RegisterComponents();
    }

    /// <param name="x">[B, L, D]</param>
    /// <returns>[B, L, D]</returns>
    internal Tensor Forward(Tensor x)
    {
        if (_dropout.Kernels is { } kernels && T5Kernels.HasKernelOf(_activation))
        {
            return wo.Forward(kernels.Activate(_entry.Forward(x), wo.Weight.shape[1], _activation, _site, training));
        }

        Tensor inner = wi is not null ? Activate(wi.Forward(x)) : Activate(wi_0!.Forward(x)) * wi_1!.Forward(x); // [B, L, d_ff]
        return wo.Forward(_dropout.Apply(inner, _site, training));
    }

    /// <inheritdoc cref="T5.UseCopies"/>
    internal void UseCopies(CopyOfWeights copyOf) => _entry.UseCopies(copyOf);

    internal void Initialize(T5Initializer initializer)
    {
        foreach (Linear? input in (ReadOnlySpan<Linear?>)[wi, wi_0, wi_1])
        {
            if (input is not null)
            {
                initializer.Normal(input.Weight, 1 / Math.Sqrt(initializer.Config.DModel));
            }
        }

        initializer.Normal(wo.Weight, 1 / Math.Sqrt(initializer.Config.DFf));
    }

    private Tensor Activate(Tensor x) => _activation switch
    {
        Activation.Relu => nn.functional.relu(x),
        Activation.Gelu => nn.functional.gelu(x),
        Activation.GeluTanh => nn.functional.gelu(x, GELU.Approximate.tanh),
        Activation.Silu => nn.functional.silu(x),
        _ => throw new InvalidOperationException($"There is no activation {_activation}."),
    };
}
