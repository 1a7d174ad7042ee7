using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Measures the peak matrix multiplication rate of this process.</summary>
public static class MatmulPeak
{
    private const int Repeats = 6;

    private static readonly long[] Sizes = [1024, 2048, 3072];

    /// <param name="device">Device to measure.</param>
    /// <param name="type">Type of the operands.</param>
    /// <returns>Floating-point operations per second, the best of several square products.</returns>
    public static double Measure(Device device, ScalarType type) => Sizes.Max(size => Measure(size, device, type));

    private static double Measure(long size, Device device, ScalarType type)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor left = ones([size, size], type, device);
        Tensor right = ones([size, size], type, device);
        nn.functional.linear(left, right).Dispose();
        double best = double.MaxValue;
        for (int i = 0; i < Repeats; i++)
        {
            Devices.Synchronize(device);
            long start = Stopwatch.GetTimestamp();
            nn.functional.linear(left, right).Dispose();
            Devices.Synchronize(device);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * size * size * size / best;
    }
}
