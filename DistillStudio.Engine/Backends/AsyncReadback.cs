using System.Diagnostics;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Copies values from the device to the host asynchronously. On a GPU the copy is queued after the kernels that compute the values, and a
/// completion flag is copied after it into the same kind of memory; polling the flag therefore does not wait for work launched later.
/// </summary>
internal sealed unsafe class AsyncReadback : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly Device _device;
    private readonly Tensor _numbers;
    private readonly Tensor _mark;
    private readonly float* _markAt;

    /// <param name="numbers">[N], float32; may be disposed immediately.</param>
    internal AsyncReadback(Tensor numbers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _device = numbers.device;
        _numbers = OnHost(zeros(numbers.shape)).DetachFromDisposeScope();
        _mark = OnHost(zeros(1)).DetachFromDisposeScope();
        _markAt = (float*)TensorMemory.AddressOf(_mark);
        _numbers.copy_(numbers, true);
        _mark.copy_(ones(1, device: _device), true);
    }

    /// <summary>True if <see cref="Read"/> returns without blocking.</summary>
    internal bool HasArrived => Volatile.Read(ref *_markAt) == 1;

    /// <summary>Blocks until the values have arrived.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The GPU failed.</exception>
    internal float[] Read()
    {
        long start = Stopwatch.GetTimestamp();
        while (!HasArrived)
        {
            if (Stopwatch.GetElapsedTime(start) > MaxWait)
            {
                Devices.Synchronize(_device); // reports GPU errors, which surface only on synchronization
                break;
            }

            Thread.Sleep(0);
        }

        return [.. _numbers.data<float>()];
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _mark.Dispose();
    }

    private Tensor OnHost(Tensor tensor) => _device.type == DeviceType.CUDA ? tensor.pin_memory() : tensor;
}
