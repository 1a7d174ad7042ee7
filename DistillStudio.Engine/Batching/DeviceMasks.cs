using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>What the masks of a batch depend on, on the model's device; all int64.</summary>
/// <param name="Seed">[1]: seed of the step.</param>
/// <param name="SourceKeys">[input tokens]: mask key of each token.</param>
/// <param name="TargetKeys">[target tokens]</param>
/// <param name="Sequences">Mask keys of the sequences of <see cref="PaddedRows.Sequences"/>, for each such array.</param>
internal sealed record DeviceMasks(
    Tensor Seed, Tensor SourceKeys, Tensor TargetKeys, IReadOnlyDictionary<uint[], Tensor> Sequences)
{
    /// <summary>Sends them in one copy. They belong to the dispose scope that is open.</summary>
    internal static DeviceMasks Send(ulong seed, PackedBatch batch, BatchTensors tensors, Device device)
    {
        long[] source = Longs(batch.KeysOf(batch.InputStarts));
        long[] target = Longs(batch.KeysOf(batch.TargetStarts));
        uint[][] sequences = [.. tensors.Source.Concat(tensors.Target).Select(rows => rows.Sequences).Distinct()];
        Tensor all = HostTransfer.Send(
            [(long)seed, .. source, .. target, .. sequences.SelectMany(keys => keys.Select(key => (long)key))], device);
        int next = 0;
        Tensor Next(int count) => all.narrow(0, (next += count) - count, count);
        (Tensor first, Tensor sourceKeys, Tensor targetKeys) = (Next(1), Next(source.Length), Next(target.Length));
        return new(first, sourceKeys, targetKeys, sequences.ToDictionary(keys => keys, keys => Next(keys.Length)));
    }

    private static long[] Longs(ulong[] keys) => [.. keys.Select(key => (long)key)];
}
