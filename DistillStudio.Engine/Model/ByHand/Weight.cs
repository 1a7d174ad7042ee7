using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>A parameter as the step by hand uses it: float32 where it is changed, the operand's format where it is multiplied, and its gradient.</summary>
internal sealed unsafe class Weight : IDisposable
{
    private readonly Parameter _parameter;
    private readonly Tensor? _cast;
    private readonly nint _address;
    private Tensor? _gradient;
    private nint _gradientAddress;

    /// <param name="parameter">On the CPU.</param>
    /// <param name="type">Of operands.</param>
    internal Weight(Parameter parameter, ScalarType type)
    {
        _parameter = parameter;
        _cast = type == ScalarType.Float32 || parameter.shape.Length < 2 ? null : empty(parameter.shape, type).DetachFromDisposeScope();
        Across = (_cast ?? parameter.detach()).t().DetachFromDisposeScope();
        _address = TensorMemory.AddressOf(parameter);
    }

    /// <summary>The parameter itself, float32.</summary>
    internal Tensor Value => _parameter;

    /// <summary>[Out, In], in the operand's format.</summary>
    internal Tensor Operand => _cast ?? _parameter;

    /// <summary>[In, Out]: the same, transposed.</summary>
    internal Tensor Across { get; }

    /// <summary>Of the parameter's shape, float32; there from the first <see cref="Prepare"/> on.</summary>
    internal Tensor Gradient => _gradient ?? throw new InvalidOperationException("The gradient was not prepared.");

    internal float* Data => (float*)_address;

    internal float* GradientData => (float*)_gradientAddress;

    internal long Count => _parameter.numel();

    /// <summary>The gradient has been begun: what comes next is added to it.</summary>
    private bool Adds { get; set; }

    /// <summary>The parameter has changed.</summary>
    internal void Refresh() => _cast?.copy_(_parameter);

    /// <summary>A backward pass comes. Gives the parameter a gradient if it has none.</summary>
    /// <param name="adds">To the gradient that is there.</param>
    internal void Prepare(bool adds)
    {
        Adds = adds;
        if (_gradient is null)
        {
            _parameter.grad ??= zeros_like(_parameter);
            _gradient = _parameter.grad!.DetachFromDisposeScope();
            _gradientAddress = TensorMemory.AddressOf(_gradient);
        }
    }

    /// <summary>True once a pass, if the gradient still has to be begun; from then on everything is added.</summary>
    internal bool Begin()
    {
        bool begins = !Adds;
        Adds = true;
        return begins;
    }

    public void Dispose()
    {
        Across.Dispose();
        _cast?.Dispose();
        _gradient?.Dispose();
    }
}
