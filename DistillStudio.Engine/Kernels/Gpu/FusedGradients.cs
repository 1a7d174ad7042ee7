using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Runs the managed backward passes of <see cref="IFusedOperations"/>, which autograd calls from native code: an exception must not leave
/// them, and the gradients that they return must live until the native code has taken them.
/// </summary>
internal static class FusedGradients
{
    // Autograd may use a thread of its own.
    private static readonly ConcurrentDictionary<IFusedOperations, Exception> Failures = new();

    [ThreadStatic]
    private static List<Tensor?>? _returned;

    /// <summary>Computes gradients; after a failure, zeros.</summary>
    /// <param name="ctx">Holds the saved tensors, which both functions receive.</param>
    /// <param name="operations">What computes.</param>
    /// <param name="zeros">Returns zeros in place of the gradients; null where there is none.</param>
    /// <param name="compute">Returns the gradients in the order of the function's arguments; null where there is none.</param>
    internal static List<Tensor> Run(
        autograd.AutogradContext ctx, IFusedOperations operations, Func<List<Tensor>, List<Tensor?>> zeros,
        Func<List<Tensor>, List<Tensor?>> compute)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        List<Tensor?> gradients;
        try
        {
            gradients = compute(saved);
        }
        catch (Exception e) when (e is StudioException or ExternalException or ArgumentException or InvalidOperationException)
        {
            Failures.TryAdd(operations, e);
            gradients = zeros(saved);
        }

        foreach (Tensor? gradient in gradients)
        {
            gradient?.DetachFromDisposeScope();
        }

        _returned?.ForEach(gradient => gradient?.Dispose());
        _returned = gradients;
        return gradients!; // TorchSharp's signature has no null, but its code accepts it
    }

    /// <summary>Throws the first failure of the operations' backward passes since the last call; call after each backward pass.</summary>
    internal static void ThrowIfFailed(IFusedOperations operations)
    {
        if (Failures.TryRemove(operations, out Exception? failure))
        {
            throw new StudioException(
                $"The gradients could not be computed: {failure.Message.Split('\n')[0]}", failure.ToString(), failure);
        }
    }
}
