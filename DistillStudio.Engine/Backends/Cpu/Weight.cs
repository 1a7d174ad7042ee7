using DistillStudio.Engine.Backends.Kernels;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Model.ByHand;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>A parameter as the step by hand uses it: float32 where it is changed, the operand's format where it is multiplied, and its gradient.</summary>
internal sealed unsafe class Weight : IDisposable
{
    private readonly Parameter _parameter;
    private readonly bool _isCast;
    private readonly Tensor _across;
    private readonly nint _address;
    private readonly nint _operandAddress;
    private Tensor? _gradient;
    private nint _gradientAddress;

    /// <param name="parameter">On the CPU.</param>
    /// <param name="type">Of operands.</param>
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

    /// <summary>Handle of the same transposed, [In, Out].</summary>
    internal nint Across => _across.Handle;

    /// <summary>Handle of the gradient: of the parameter's shape, float32; there from the first <see cref="Prepare"/> on.</summary>
    internal nint Gradient => _gradient?.Handle ?? throw new InvalidOperationException("The gradient was not prepared.");

    internal float* Data => (float*)_address;

    internal float* GradientData => (float*)_gradientAddress;

    internal int Outputs { get; }

    internal long Count { get; }

    /// <summary>The gradient has been begun: what comes next is added to it.</summary>
    private bool Adds { get; set; }

    /// <summary>The parameter has changed.</summary>
    internal void Refresh()
    {
        if (_isCast)
        {
            FlatKernel.Narrow(Data, (void*)_operandAddress, Count);
        }
    }

    /// <summary>A backward pass comes. Gives the parameter a gradient if it has none.</summary>
    /// <param name="accumulate">To the gradient that is there.</param>
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

    /// <summary>True once a pass, if the gradient still has to be begun; from then on everything is added.</summary>
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
