using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>A parameter of the CPU backend: float32 for updates, the operand's format for products, and its gradient.</summary>
internal sealed unsafe class Weight : IDisposable
{
    private readonly Parameter _parameter;
    private readonly bool _isCast;
    private readonly Tensor _across;
    private readonly nint _address;
    private readonly nint _operandAddress;
    private Tensor? _gradient;
    private nint _gradientAddress;

    /// <param name="parameter">Parameter on the CPU.</param>
    /// <param name="type">Type of operands.</param>
    internal Weight(Parameter parameter, ScalarType type)
    {
        _parameter = parameter;
        _isCast = type != ScalarType.Float32 && parameter.shape.Length > 1;
        Operand = (_isCast ? empty(parameter.shape, type) : parameter.detach()).DetachFromDisposeScope();
        _across = Operand.t().DetachFromDisposeScope();
        _address = TensorMemory.AddressOf(parameter);
        _operandAddress = TensorMemory.AddressOf(Operand);
        (Outputs, Count) = ((int)parameter.shape[0], parameter.numel());
    }

    /// <summary>The parameter itself, float32.</summary>
    internal Tensor Value => _parameter;

    /// <summary>[Out, In], in the operand's format; needs no gradient.</summary>
    internal Tensor Operand { get; }

    /// <summary>Handle of <see cref="Operand"/>.</summary>
    internal nint Along => Operand.Handle;

    /// <summary>Handle of the transposed operand, [In, Out].</summary>
    internal nint Across => _across.Handle;

    /// <summary>Handle of the gradient, float32, with the parameter's shape; available after the first <see cref="Prepare"/>.</summary>
    internal nint Gradient => _gradient?.Handle ?? throw new InvalidOperationException("The gradient was not prepared.");

    /// <summary>Address of the operand if it is a copy; otherwise 0.</summary>
    internal nint CopyAddress => _isCast ? _operandAddress : 0;

    internal float* Data => (float*)_address;

    internal float* GradientData => (float*)_gradientAddress;

    internal int Outputs { get; }

    internal long Count { get; }

    /// <summary>True if the next contribution accumulates instead of overwriting the gradient.</summary>
    private bool Adds { get; set; }

    /// <summary>Updates the operand after the parameter has changed.</summary>
    internal void Refresh()
    {
        if (_isCast)
        {
            FlatKernel.Narrow(Data, (void*)_operandAddress, Count);
        }
    }

    /// <summary>Prepares for a backward pass. Creates the parameter's gradient if there is none.</summary>
    /// <param name="accumulate">Whether to accumulate into the existing gradient.</param>
    internal void Prepare(bool accumulate)
    {
        Adds = accumulate;
        if (_gradient is null)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            _parameter.grad ??= zeros_like(_parameter);
            _gradient = _parameter.grad!.DetachFromDisposeScope();
            _gradientAddress = TensorMemory.AddressOf(_gradient);
        }
    }

    /// <summary>Returns true once per pass if the gradient must be overwritten; after that, everything accumulates.</summary>
    internal bool Begin()
    {
        bool begins = !Adds;
        Adds = true;
        return begins;
    }

    public void Dispose()
    {
        _across.Dispose();
        Operand.Dispose();
        _gradient?.Dispose();
    }
}
