using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>
/// Holds a packed batch on the model's device. All tensors are built on the host and sent in two copies, so that a GPU never waits for
/// row lengths. The tensors belong to the dispose scope that is open.
/// </summary>
internal sealed class BatchTensors : IBatchTensors
{
    // Attention over rows of unequal length also computes padding. Where long and short rows are stored apart, as rationales and
    // labels are, splitting them reduces padding but adds calls; the overhead of a call on a GPU equals the work on many elements.
    private const long WorthACallOnCpu = 1 << 15;
    private const long WorthACallOnGpu = 1 << 24;

    private readonly PackedBatch _batch;
    private readonly List<long> _places = [];
    private readonly List<float> _bias = [];

    /// <param name="batch">Contains the rows of a task side by side.</param>
    /// <param name="heads">Attention heads of the model.</param>
    /// <param name="device">Device of the model.</param>
    internal BatchTensors(PackedBatch batch, int heads, Device device)
    {
        _batch = batch;
        Plan[] all = [new(0, batch.Rows.Count)];
        Plan[] groups = Divide(batch, heads * batch.Rows.Count, device.type == DeviceType.CUDA ? WorthACallOnGpu : WorthACallOnCpu);
        Draft[] source = [.. all.Select(rows => Lay(rows, batch.InputStarts, hasBias: true))];
        Draft[] target = [.. groups.Select(rows => Lay(rows, batch.TargetStarts, hasBias: false))];
        Draft[] crossed = groups.Length == 1 ? source : [.. groups.Select(rows => Lay(rows, batch.InputStarts, hasBias: true))];

        int ids = _places.Count;
        Tensor numbers = HostTransfer.Send(
            [.. _places, .. Longs(batch.InputIds), .. Longs(batch.DecoderIds), .. Longs(batch.Targets)], device);
        Tensor floats = HostTransfer.Send([.. batch.Weights, .. _bias], device);
        InputIds = numbers.narrow(0, ids, batch.InputIds.Length);
        DecoderIds = numbers.narrow(0, ids + batch.InputIds.Length, batch.Targets.Length);
        Targets = numbers.narrow(0, ids + batch.InputIds.Length + batch.Targets.Length, batch.Targets.Length);
        Weights = floats.narrow(0, 0, batch.Weights.Length);
        PaddedRows Place(Draft draft) => draft.With(numbers, floats, batch.Weights.Length);
        Source = [.. source.Select(Place)];
        Target = [.. target.Select(Place)];
        Crossed = ReferenceEquals(crossed, source) ? Source : [.. crossed.Select(Place)];
    }

    public Tensor InputIds { get; }

    public Tensor DecoderIds { get; }

    public Tensor Targets { get; }

    public Tensor Weights { get; }

    public IReadOnlyList<PaddedRows> Source { get; }

    public IReadOnlyList<PaddedRows> Target { get; }

    public IReadOnlyList<PaddedRows> Crossed { get; }

    private readonly record struct Plan(int First, int Count);

    /// <param name="Padded">Rows without their tensors.</param>
    /// <param name="Places">Offset of the row positions within the shared buffer; null if there are none.</param>
    /// <param name="Bias">Offset of the bias within the shared buffer; null if there is none.</param>
    /// <param name="Owners">Offset of the row of each token within the shared buffer, then the starts of the rows.</param>
    private sealed record Draft(PaddedRows Padded, int? Places, int? Bias, int Owners)
    {
        internal PaddedRows With(Tensor places, Tensor floats, long biasStart) => Padded with
        {
            Places = Places is { } at ? places.narrow(0, at, Padded.Tokens) : null,
            Bias = Bias is { } from
                ? floats.narrow(0, biasStart + from, Padded.Rows * Padded.Length).view(Padded.Rows, 1, 1, Padded.Length)
                : null,
            OnDevice = new(
                places.narrow(0, Owners, Padded.Tokens), places.narrow(0, Owners + Padded.Tokens, Padded.Rows + 1), (int)Padded.Length),
        };
    }

    /// <summary>Splits the rows where two streams meet, if the saved padding outweighs the extra call.</summary>
    private static Plan[] Divide(PackedBatch batch, long scores, long worth)
    {
        var parts = new List<Plan>();
        for (int row = 0; row < batch.Rows.Count; row++)
        {
            if (row > 0 && batch.Rows[row].Stream == batch.Rows[row - 1].Stream)
            {
                parts[^1] = parts[^1] with { Count = parts[^1].Count + 1 };
            }
            else
            {
                parts.Add(new(row, 1));
            }
        }

        long Longest(Plan part) => batch.Rows.Skip(part.First).Take(part.Count).Max(row => row.Tokens.Target.Length);
        long longest = parts.Max(Longest);
        double spared = parts.Sum(
            part => (double)part.Count / batch.Rows.Count * ((longest * longest) - (Longest(part) * Longest(part)))) * scores;
        return spared > worth * (parts.Count - 1) ? [.. parts] : [new(0, batch.Rows.Count)];
    }

    private Draft Lay(Plan rows, int[] starts, bool hasBias)
    {
        int first = starts[rows.First];
        int tokens = starts[rows.First + rows.Count] - first;
        int[] lengths = [.. Enumerable.Range(rows.First, rows.Count).Select(row => starts[row + 1] - starts[row])];
        int longest = lengths.Max();
        var padded = new PaddedRows(
            first, tokens, rows.Count, longest, _batch.Sequences[rows.First..(rows.First + rows.Count)], null, null);
        int owners = _places.Count;
        for (int row = 0; row < lengths.Length; row++)
        {
            _places.AddRange(Enumerable.Repeat((long)row, lengths[row]));
        }

        _places.AddRange(starts[rows.First..(rows.First + rows.Count + 1)].Select(start => (long)start - first));
        if (tokens == rows.Count * longest)
        {
            return new(padded, null, null, owners);
        }

        (int places, int bias) = (_places.Count, _bias.Count);
        for (int row = 0; row < lengths.Length; row++)
        {
            for (int i = 0; i < lengths[row]; i++)
            {
                _places.Add(((long)row * longest) + i);
            }

            if (hasBias)
            {
                _bias.AddRange(Enumerable.Repeat(0f, lengths[row]).Concat(Enumerable.Repeat(float.MinValue, longest - lengths[row])));
            }
        }

        return new(padded, places, hasBias ? bias : null, owners);
    }

    private static IEnumerable<long> Longs(int[] ids) => ids.Select(id => (long)id);
}
