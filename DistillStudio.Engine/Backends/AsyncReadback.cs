using System.Diagnostics;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Numbers on their way from the device to the host. On a GPU they arrive by themselves: the copy takes its turn after the kernels that make them, and a
/// mark is copied after them into the same kind of memory, so that looking at the mark tells whether they are there, and nobody waits for what was
/// launched later.
/// </summary>
internal sealed unsafe class AsyncReadback : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Device _device;
    private readonly Tensor _numbers;
    private readonly Tensor _mark;
    private readonly float* _markAt;

    /// <param name="numbers">[N], float32; may be disposed at once.</param>
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

    /// <summary>Reading will not wait.</summary>
    internal bool HasArrived => Volatile.Read(ref *_markAt) == 1;

    /// <summary>Waits for them.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The GPU failed.</exception>
    internal float[] Read()
    {
        long start = Stopwatch.GetTimestamp();
        while (!HasArrived)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                Devices.Synchronize(_device); // what failed on a GPU is told to those who wait for all of it
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
