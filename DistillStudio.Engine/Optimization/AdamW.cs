using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Optimization;

/// <summary>
/// Adam with bias correction and no weight decay, the paper's setting (Loshchilov and Hutter 2019, algorithm 2 with λ = 0);
/// betas 0.9 and 0.999, eps 1e-8.
/// </summary>
public sealed class AdamW : IOptimizer
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    /// <summary>Elements updated at a time when all parameters are contiguous; bounds the size of temporaries.</summary>
    private const long Portion = 1 << 26;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly FlatParameters? _flat;
    private readonly Tensor? _flatMean;
    private readonly Tensor? _flatSquare;
    private readonly Tensor[] _mean;
    private readonly Tensor[] _square;
    private readonly ICopyState? _copyState;
    private readonly IWeightCopies? _copies;
    private readonly FlatCopies? _flatCopies;
    private FlatParts? _parts;
    private FusedOperations? _kernels;
    private Place[]? _places;
    private int _steps;

    public AdamW(IReadOnlyList<Parameter> parameters)
        : this(parameters, copies: null)
    {
    }

    /// <param name="parameters">Parameters on the CPU, each with its own storage.</param>
    /// <param name="copies">Copies of the parameters to update with them; null for none.</param>
    internal AdamW(IReadOnlyList<Parameter> parameters, IWeightCopies? copies)
        : this(parameters, null, copies) => _copies = copies;

    /// <param name="parameters">Parameters in <paramref name="flat"/>.</param>
    /// <param name="flat">Contiguous storage of all parameters, on any device.</param>
    /// <param name="copies">Copies of the parameters, which the kernel writes with them; null for none.</param>
    internal AdamW(IReadOnlyList<Parameter> parameters, FlatParameters flat, FlatCopies? copies = null)
        : this(parameters, flat, (ICopyState?)copies) => _flatCopies = copies;

    private AdamW(IReadOnlyList<Parameter> parameters, FlatParameters? flat, ICopyState? copyState)
    {
        _copyState = copyState;
        _parameters = parameters;
        _flat = flat;
        _flatMean = flat is null ? null : zeros_like(flat.Weights).DetachFromDisposeScope();
        _flatSquare = flat is null ? null : zeros_like(flat.Weights).DetachFromDisposeScope();
        _mean = Parts(_flatMean);
        _square = Parts(_flatSquare);
    }

    /// <inheritdoc/>
    /// <remarks>Set when a checkpoint's state replaces the present one, weights included: copies are then out of date.</remarks>
    public int Steps
    {
        get => _steps;
        set
        {
            _steps = value;
            SetCurrent(false);
        }
    }

    public long StateBytes => 2 * _parameters.Sum(p => p.numel() * p.element_size());

    public IEnumerable<OptimizerPart> State() =>
        _mean.Select((mean, i) => new OptimizerPart("mean", i, mean)).Concat(
            _square.Select((square, i) => new OptimizerPart("square", i, square)));

    public void Step(double learningRate, double gradientScale = 1, Tensor? factor = null)
    {
        (double rate, double root) = NextCorrections(learningRate);
        if (_flat is not null)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor numbers = HostTransfer.Send([(float)rate, (float)root, (float)gradientScale], _flat.Weights.device);
            Tensor scale = numbers.narrow(0, 2, 1);
            StepFlat(_flat, numbers.narrow(0, 0, 1), numbers.narrow(0, 1, 1), factor is null ? scale : scale * factor);
            return;
        }

        double hostScale = factor is null ? gradientScale : gradientScale * factor.item<float>();
        StepOnCpu(
            new(
                (float)hostScale, (float)Beta1, (float)(1 - Beta1), (float)Beta2, (float)(1 - Beta2), (float)rate, (float)root,
                (float)Epsilon));
    }

    /// <summary>Counts a step and returns what varies in its update, for <see cref="StepFlat(Tensor, Tensor, Tensor)"/>.</summary>
    /// <param name="learningRate">Learning rate of the step.</param>
    /// <returns>The learning rate with the mean's bias correction, and the root of the square's.</returns>
    internal (double Rate, double Root) NextCorrections(double learningRate)
    {
        _steps++;
        SetCurrent(_flatCopies is not null && _kernels is not null); // the update that follows, replayed or not, writes the copies
        return (learningRate / (1 - Math.Pow(Beta1, Steps)), Math.Sqrt(1 - Math.Pow(Beta2, Steps)));
    }

    /// <summary>Updates contiguous parameters with figures that lie on their device, so that a recorded graph can do it.</summary>
    /// <param name="rate">[1], float32: see <see cref="NextCorrections"/>.</param>
    /// <param name="root">[1], float32</param>
    /// <param name="scale">Multiplies the gradients; a scalar or [1], float32.</param>
    internal void StepFlat(Tensor rate, Tensor root, Tensor scale)
    {
        using IDisposable noGrad = no_grad();
        StepFlat(_flat ?? throw new InvalidOperationException("The parameters are not contiguous."), rate, root, scale);
    }

    /// <summary>Updates contiguous parameters by a kernel from now on.</summary>
    /// <param name="kernels">The kernels, which write the copies too; null for libtorch's operators, which do not.</param>
    internal void Use(OwnKernels? kernels) => _kernels = kernels?.Operations;

    public void Dispose()
    {
        foreach (Tensor? state in _mean.Concat(_square).Append(_flatMean).Append(_flatSquare))
        {
            state?.Dispose();
        }
    }

    /// <summary>Returns the state of each parameter: views of the contiguous tensor, or separate tensors.</summary>
    private Tensor[] Parts(Tensor? flat) =>
        [.. _parameters.Select((parameter, i) => (flat is null ? zeros_like(parameter) : _flat!.PartOf(flat, i)).DetachFromDisposeScope())];

    /// <summary>Updates all parameters with one kernel, or with a few tensor operations.</summary>
    private void StepFlat(FlatParameters flat, Tensor rate, Tensor root, Tensor scale)
    {
        if (_kernels is not null)
        {
            _kernels.Adam(
                flat.Weights, flat.Gradients, _flatMean!, _flatSquare!, rate, root, scale,
                new(0, (float)Beta1, (float)(1 - Beta1), (float)Beta2, (float)(1 - Beta2), 0, 0, (float)Epsilon), _flatCopies?.All);
            return;
        }

        // Scalars created by implicit conversion may be finalized during the call; these variables keep them alive.
        using Scalar meanDecay = Beta1.ToScalar();
        using Scalar meanShare = (1 - Beta1).ToScalar();
        using Scalar squareDecay = Beta2.ToScalar();
        using Scalar squareShare = (1 - Beta2).ToScalar();
        using Scalar epsilon = Epsilon.ToScalar();
        using Scalar minus = (-1).ToScalar();
        long count = flat.Weights.numel();
        for (long start = 0; start < count; start += Portion)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor Part(Tensor all) => all.narrow(0, start, Math.Min(Portion, count - start));
            (Tensor mean, Tensor square) = (Part(_flatMean!), Part(_flatSquare!));
            Tensor gradient = Part(flat.Gradients) * scale;
            mean.mul_(meanDecay).add_(gradient, alpha: meanShare);
            square.mul_(squareDecay).addcmul_(gradient, gradient, squareShare);
            Tensor deviation = square.sqrt().div_(root).add_(epsilon, alpha: TensorArithmetic.One);
            Part(flat.Weights).addcdiv_(mean * rate, deviation, minus);
        }
    }

    /// <summary>
    /// Updates all parameters with one custom kernel, which passes over memory once where tensor operations pass six times.
    /// </summary>
    private void StepOnCpu(AdamFactors factors)
    {
        _parts ??= new FlatParts([.. _parameters.Select(p => p.numel())]);
        _places ??= new Place[_parameters.Count];
        List<Tensor>? copies = null;
        for (int i = 0; i < _places.Length; i++)
        {
            nint gradient = NativeTensor.GradientAddressOf(_parameters[i].Handle, out bool isContiguous);
            if (!isContiguous)
            {
                using Tensor scattered = _parameters[i].grad!;
                (copies ??= []).Add(scattered.contiguous());
                gradient = TensorMemory.AddressOf(copies[^1]);
            }

            _places[i] = new(
                TensorMemory.AddressOf(_parameters[i]), gradient, TensorMemory.AddressOf(_mean[i]), TensorMemory.AddressOf(_square[i]),
                _copies?.AddressOf(_parameters[i]) ?? 0);
        }

        SetCurrent(false);
        ParallelTeam.Run(_parts.Count, new Job(_parts, _places, factors));
        SetCurrent(Array.TrueForAll(_places, place => place.Gradient != 0));
        copies?.ForEach(copy => copy.Dispose());
    }

    private void SetCurrent(bool isCurrent)
    {
        if (_copyState is not null)
        {
            _copyState.AreCurrent = isCurrent;
        }
    }

    /// <summary>Addresses of a parameter's data.</summary>
    /// <param name="Gradient">0 if there is no gradient: the parameter is not changed.</param>
    /// <param name="Copy">bfloat16 copy of the weight; 0 if there is none.</param>
    private readonly record struct Place(nint Weight, nint Gradient, nint Mean, nint Square, nint Copy);

    private readonly unsafe struct Job(FlatParts parts, Place[] places, AdamFactors factors) : IJob
    {
        public void Do(int part, int worker)
        {
            (int i, long start, int count) = parts[part];
            Place place = places[i];
            if (place.Gradient != 0)
            {
                AdamKernel.Step(
                    (float*)place.Weight + start, (float*)place.Gradient + start, (float*)place.Mean + start, (float*)place.Square + start,
                    count, factors);
                if (place.Copy != 0)
                {
                    FlatKernel.NarrowHere((float*)place.Weight + start, (ushort*)place.Copy + start, count); // still in the core's cache
                }
            }
        }
    }
}
