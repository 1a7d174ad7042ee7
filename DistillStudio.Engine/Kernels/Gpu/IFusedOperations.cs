using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>What masks depend on: dropout keys of rows, and the seed of the step.</summary>
/// <param name="Keys">[rows], int64</param>
/// <param name="Seed">[1], int64</param>
internal sealed record MaskSource(Tensor Keys, Tensor Seed);

/// <summary>An activation function with a kernel.</summary>
internal enum GpuActivation
{
    Relu,
    Silu,
    GeluTanh,
}

/// <summary>
/// Parts of a training step that read and write memory once where libtorch's operators do several times. Operands are float32 or bfloat16,
/// contiguous unless said otherwise, all on one device, and need no gradient; results are new tensors.
/// </summary>
internal interface IFusedOperations
{
    /// <summary>Computes x' = x + drop(y), then n = drop(w ∘ x' · r) with r = (mean(x'²) + ε)^-½.</summary>
    /// <param name="x">[rows, D], float32</param>
    /// <param name="added">y, [rows, D]; null for none.</param>
    /// <param name="weight">w, [D]</param>
    /// <param name="type">Type of n.</param>
    /// <returns>x' (x if nothing is added), r [rows], and n.</returns>
    (Tensor Sum, Tensor Inverse, Tensor Normed) Norm(
        Tensor x, Tensor? added, Tensor weight, MaskSource source, GpuMask addedMask, GpuMask normedMask, float epsilon, ScalarType type);

    /// <param name="sumGradient">Gradient of x', float32; null if it has none.</param>
    /// <param name="normedGradient">Gradient of n.</param>
    /// <param name="addedType">Type of y; null if nothing was added.</param>
    /// <returns>dx, dy (null if nothing was added) and dw.</returns>
    (Tensor X, Tensor? Added, Tensor Weight) NormBackward(
        Tensor sum, Tensor weight, Tensor inverse, Tensor normedGradient, Tensor? sumGradient, MaskSource source, GpuMask addedMask,
        GpuMask normedMask, ScalarType? addedType);

    /// <summary>Computes h = drop(act(u)), or h = drop(act(u) ∘ g).</summary>
    /// <param name="inner">u, [rows, d_ff]; its rows may lie apart.</param>
    /// <param name="gate">g, [rows, d_ff], with rows as far apart; null if not gated.</param>
    /// <returns>h, [rows, d_ff]</returns>
    Tensor Activate(Tensor inner, Tensor? gate, MaskSource source, GpuMask mask, GpuActivation activation);

    /// <param name="gradient">dh</param>
    /// <param name="innerGradient">Receives du; its rows lie as far apart as those of u.</param>
    /// <param name="gateGradient">Receives dg, likewise; null if not gated.</param>
    void ActivateBackward(
        Tensor inner, Tensor? gate, Tensor gradient, MaskSource source, GpuMask mask, GpuActivation activation, Tensor innerGradient,
        Tensor? gateGradient);

    /// <param name="logits">[rows, V]</param>
    /// <param name="targets">[rows], int64; negative ones count for nothing.</param>
    /// <returns>Losses in nats, highest logits and 1 / Σ exp(z − highest), each [rows], float32.</returns>
    (Tensor Losses, Tensor Highest, Tensor Inverse) CrossEntropy(Tensor logits, Tensor targets);

    /// <param name="weights">[rows]: gradient of each loss.</param>
    Tensor CrossEntropyBackward(Tensor logits, Tensor targets, Tensor weights, Tensor highest, Tensor inverse);

    /// <summary>Looks up rows of the table, with dropout.</summary>
    /// <param name="table">[V, D], float32</param>
    /// <param name="ids">[rows], int64</param>
    Tensor Embed(Tensor table, Tensor ids, MaskSource source, GpuMask mask);

    /// <returns>[V, D], zeros for ids that do not occur.</returns>
    Tensor EmbedBackward(Tensor gradient, long[] tableShape, Tensor ids, MaskSource source, GpuMask mask);

    /// <summary>Computes P = softmax(s + bias) over the keys of each query, and d = drop(P).</summary>
    /// <param name="scores">s, [B, H, Q, K]</param>
    /// <param name="table">[buckets, H], float32: position bias of each bucket; null for none.</param>
    /// <returns>d, zeros where there is no query or key, and what the backward pass reads.</returns>
    (Tensor Dropped, Tensor Statistics) AttentionWeights(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask);

    /// <param name="gradient">dd</param>
    /// <param name="statistics">From <see cref="AttentionWeights"/>.</param>
    /// <returns>ds, zeros where there is no query or key, and the gradient of the table; null if there is none.</returns>
    (Tensor Scores, Tensor? Table) AttentionWeightsBackward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics);

    /// <summary>
    /// True if <see cref="Attend"/> takes the place of libtorch's products; false if these are computed between
    /// <see cref="GatherHeads"/> and <see cref="ScatterHeads"/>.
    /// </summary>
    bool HasAttention { get; }

    /// <summary>Copies packed rows to padded heads; the backward pass of <see cref="ScatterHeads"/>.</summary>
    /// <param name="packed">[N, H · d_kv]; its rows may lie apart.</param>
    /// <param name="starts">[B + 1], int64: first row of each sequence, and the end of the last.</param>
    /// <param name="length">L</param>
    /// <param name="heads">H</param>
    /// <returns>[B, H, L, d_kv], zeros beyond the end of a sequence.</returns>
    Tensor GatherHeads(Tensor packed, Tensor starts, int length, int heads);

    /// <summary>Copies padded heads to packed rows; the backward pass of <see cref="GatherHeads"/>.</summary>
    /// <param name="padded">[B, H, L, d_kv]</param>
    /// <param name="packed">Receives [N, H · d_kv]; its rows may lie apart, and those of no sequence stay what they are.</param>
    void ScatterHeads(Tensor padded, Tensor starts, Tensor packed);

    /// <summary>Computes P = softmax(q kᵀ + bias), o = drop(P) v, over packed rows.</summary>
    /// <param name="output">Receives o, [N, H · d_kv], zeros for queries without keys.</param>
    /// <returns>What the backward pass reads.</returns>
    Tensor Attend(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor output);

    /// <param name="gradient">do</param>
    /// <param name="statistics">From <see cref="Attend"/>; overwritten.</param>
    /// <param name="gradients">Receive dq, dk and dv; their rows lie as far apart as those of q, k and v.</param>
    /// <returns>Gradient of the position bias's table; null if there is none.</returns>
    Tensor? AttendBackward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics,
        AttentionGradients gradients);

    /// <summary>Takes a step of Adam in place.</summary>
    /// <param name="rate">[1], of <see cref="AdamFactors"/></param>
    /// <param name="root">[1]</param>
    /// <param name="scale">[1]: multiplies the gradient; includes clipping.</param>
    /// <param name="constants">The rest; its rate, root and gradient scale are not read.</param>
    /// <param name="copy">Receives the weights in bfloat16; null for none.</param>
    void Adam(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, Tensor rate, Tensor root, Tensor scale, AdamFactors constants,
        Tensor? copy = null);
}
