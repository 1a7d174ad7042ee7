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
    /// <param name="saved">Tensors that the gradients are like, in their order, for zeros; null where there is no gradient.</param>
    /// <param name="compute">Returns the gradients, null where there is none.</param>
    internal static List<Tensor?> Run(IReadOnlyList<Tensor?> saved, Func<List<Tensor?>> compute)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor?> gradients;
        try
        {
            gradients = compute();
        }
        catch (Exception e) when (e is StudioException or ExternalException or ArgumentException or InvalidOperationException)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            gradients = [.. saved.Select(tensor => tensor is null ? null : zeros_like(tensor))];
        }

        foreach (Tensor? gradient in gradients)
        {
            gradient?.DetachFromDisposeScope();
        }

        _returned?.ForEach(gradient => gradient?.Dispose());
        _returned = gradients;
        return gradients;
    }

    /// <summary>Throws the first failure of a backward pass since the last call; call after each backward pass.</summary>
    internal static void ThrowIfFailed()
    {
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            throw new StudioException($"The gradients could not be computed: {failure.Message.Split('\n')[0]}", failure.ToString(), failure);
        }
    }
}
