using System.Diagnostics;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>The best rate at which this process multiplies matrices.</summary>
public static class MatmulPeak
{
    private const int Repeats = 6;

    private static readonly long[] Sizes = [1024, 2048, 3072];

    /// <param name="device">Where.</param>
    /// <param name="type">Of the operands.</param>
    /// <returns>Floating-point operations a second, the best of several square products.</returns>
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
