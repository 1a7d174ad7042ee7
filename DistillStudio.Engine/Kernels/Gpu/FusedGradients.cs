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
    [ThreadStatic]
    private static List<Tensor?>? _returned;

    private static Exception? _failure;

    /// <summary>Computes gradients; after a failure, zeros.</summary>
    /// <param name="ctx">Holds the saved tensors, which both functions receive.</param>
    /// <param name="zeros">Returns zeros in place of the gradients; null where there is none.</param>
    /// <param name="compute">Returns the gradients in the order of the function's arguments; null where there is none.</param>
    internal static List<Tensor> Run(
        autograd.AutogradContext ctx, Func<List<Tensor>, List<Tensor?>> zeros, Func<List<Tensor>, List<Tensor?>> compute)
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
            Interlocked.CompareExchange(ref _failure, e, null);
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

    /// <summary>Throws the first failure of a backward pass since the last call; call after each backward pass.</summary>
    internal static void ThrowIfFailed()
    {
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            throw new StudioException(
                $"The gradients could not be computed: {failure.Message.Split('\n')[0]}", failure.ToString(), failure);
        }
    }
}
