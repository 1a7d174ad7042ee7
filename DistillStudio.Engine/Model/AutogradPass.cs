using DistillStudio.Engine.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Leaves the backward pass to libtorch: on every device, for every T5.</summary>
/// <param name="model">In train mode for <see cref="ForwardBackward"/>.</param>
internal sealed class AutogradPass(T5 model) : IGradientPass
{
    private readonly Parameter[] _parameters = [.. model.parameters()];

    public float[] Losses(PackedBatch batch)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return InOrder(batch, (rows, tokens) => Read(model.TokenLosses(tokens.InputIds, tokens.AttentionMask, tokens.Labels)));
    }

    public float[] ForwardBackward(PackedBatch batch, ulong seed, bool adds, Action<PassPhase>? told = null)
    {
        if (!adds)
        {
            ClearGradients();
        }

        Seed(seed, batch);
        return InOrder(batch, (rows, tokens) =>
        {
            using IDisposable? shared = model.Device.type == DeviceType.CPU ? model.Dropout.Share(seed, [.. rows.Select(row => row.Sequence)]) : null;
            (Tensor hidden, Tensor targets) = model.TargetStates(tokens.InputIds, tokens.AttentionMask, tokens.Labels);
            told?.Invoke(PassPhase.Forward);
            Tensor losses = model.Losses(hidden, targets);
            told?.Invoke(PassPhase.Head);
            (losses.sum() * rows[0].Weight).backward();
            told?.Invoke(PassPhase.Backward);
            return Read(losses);
        });
    }

    public void Dispose()
    {
    }

    /// <summary>One task at a time, so that only its activations are alive, and short targets are not padded to those of another.</summary>
    private float[] InOrder(PackedBatch batch, Func<PackedRow[], TokenBatch, float[]> compute)
    {
        float[] losses = new float[batch.Targets.Length];
        foreach (IGrouping<int, int> stream in Enumerable.Range(0, batch.Rows.Count).GroupBy(row => batch.Rows[row].Stream))
        {
            using DisposeScope scope = NewDisposeScope();
            PackedRow[] rows = [.. stream.Select(row => batch.Rows[row])];
            using TokenBatch tokens = TokenBatch.Create([.. rows.Select(row => row.Tokens)], model.Device);
            ReadOnlySpan<float> some = compute(rows, tokens);
            foreach (int row in stream)
            {
                int count = batch.Rows[row].Tokens.Target.Length;
                some[..count].CopyTo(losses.AsSpan(batch.TargetStarts[row]));
                some = some[count..];
            }
        }

        return losses;
    }

    /// <summary>Zeroed, not dropped: their memory is used again.</summary>
    private void ClearGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Parameter parameter in _parameters)
        {
            parameter.grad?.zero_();
        }
    }

    /// <summary>Of libtorch's own dropout, on a GPU: no two batches of a step drop alike.</summary>
    private void Seed(ulong seed, PackedBatch batch)
    {
        if (model.Device.type == DeviceType.CUDA)
        {
            cuda.manual_seed_all((long)SeededRandom.Derive(seed, batch.Sequences[0]));
        }
    }

    private static float[] Read(Tensor losses) => [.. losses.detach().to(ScalarType.Float32).cpu().data<float>()];
}
