using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
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

    /// <summary>
    /// Computes gradients; after a failure, zeros. Releases what it reads: TorchSharp would keep every gradient and every saved tensor of
    /// the backward pass until its end.
    /// </summary>
    /// <param name="ctx">Holds the saved tensors, which both functions receive.</param>
    /// <param name="received">Gradients of the results; the functions may read them.</param>
    /// <param name="operations">What computes.</param>
    /// <param name="zeros">Returns zeros in place of the gradients; null where there is none.</param>
    /// <param name="compute">Returns the gradients in the order of the function's arguments; null where there is none.</param>
    internal static List<Tensor> Run(
        autograd.AutogradContext ctx, IReadOnlyList<Tensor> received, IFusedOperations operations, Func<List<Tensor>, List<Tensor?>> zeros,
        Func<List<Tensor>, List<Tensor?>> compute)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        ctx.Dispose();
        List<Tensor?> gradients;
        try
        {
            gradients = Failures.ContainsKey(operations) ? zeros(saved) : compute(saved);
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

        foreach (Tensor gradient in received)
        {
            gradient.Dispose();
        }

        _returned?.ForEach(gradient => gradient?.Dispose());
        _returned = gradients;
        return gradients!; // TorchSharp's signature has no null, but its code accepts it
    }

    /// <summary>Returns zeros in place of a gradient, which take no memory, since that may be what has run out.</summary>
    /// <param name="like">Of the shape and on the device of the gradient.</param>
    /// <param name="type">Type of the gradient; null for that of <paramref name="like"/>.</param>
    internal static Tensor Zeros(Tensor like, ScalarType? type = null) => Zeros(like.shape, type ?? like.dtype, like.device);

    /// <inheritdoc cref="Zeros(Tensor, ScalarType?)"/>
    internal static Tensor Zeros(long[] shape, ScalarType type, Device device) => zeros(1, type, device).expand(shape);

    /// <summary>Runs a backward pass, and throws the first failure of the operations in it.</summary>
    /// <exception cref="StudioException">The operations failed.</exception>
    /// <exception cref="ExternalException">libtorch failed, or memory ran out.</exception>
    internal static void Backward(Tensor loss, IFusedOperations operations)
    {
        Failures.TryRemove(operations, out _);
        try
        {
            loss.backward();
        }
        catch (ExternalException) when (Failures.ContainsKey(operations))
        {
            // what failed first is thrown below
        }

        if (!Failures.TryRemove(operations, out Exception? failure))
        {
            return;
        }

        if (failure is ExternalException)
        {
            ExceptionDispatchInfo.Throw(failure); // its kind decides what helps
        }

        throw new StudioException(
            $"The gradients could not be computed: {failure.Message.Split('\n')[0]}", failure.ToString(), failure);
    }
}
