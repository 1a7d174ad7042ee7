using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Optimization;

/// <summary>
/// Norm of the gradients, clipping and AdamW's update as one piece of static work: the learning rate and the bias corrections lie in a
/// buffer on the device, and so does the norm.
/// </summary>
/// <param name="optimizer">Optimiser of the contiguous parameters.</param>
/// <param name="flat">The parameters.</param>
/// <param name="cache">Runs the work, as a graph where it can.</param>
internal sealed class StaticUpdate(AdamW optimizer, FlatParameters flat, GraphCache cache)
{
    private const string Key = "update";

    private sealed class Buffers : IDisposable
    {
        private readonly Tensor _numbers;

        internal Buffers(Device device)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            _numbers = zeros([2], device: device).DetachFromDisposeScope();
            Rate = _numbers.narrow(0, 0, 1).DetachFromDisposeScope();
            Root = _numbers.narrow(0, 1, 1).DetachFromDisposeScope();
            Norm = zeros([1], device: device).DetachFromDisposeScope();
        }

        internal Tensor Rate { get; }

        internal Tensor Root { get; }

        internal Tensor Norm { get; }

        internal void Load(double rate, double root) => HostTransfer.Fill(_numbers, [(float)rate, (float)root]);

        public void Dispose()
        {
            _numbers.Dispose();
            Rate.Dispose();
            Root.Dispose();
            Norm.Dispose();
        }
    }

    /// <summary>Takes the step of the gradients that have been computed.</summary>
    /// <param name="learningRate">Learning rate of the step.</param>
    /// <returns>[1], float32, on the device: the norm before clipping. Valid until the next step.</returns>
    internal Tensor Run(double learningRate)
    {
        (double rate, double root) = optimizer.NextCorrections(learningRate);
        return cache.Run(Key, () => new Buffers(flat.Weights.device), buffers => buffers.Load(rate, root), Compute).Norm;
    }

    private void Compute(Buffers buffers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor norm = GradientClip.NormOnDevice(flat);
        optimizer.StepFlat(buffers.Rate, buffers.Root, GradientClip.ScaleOf(norm));
        buffers.Norm.copy_(norm.view(1));
    }
}
