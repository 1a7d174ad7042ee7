using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>The same operations by libtorch's operators: what kernels are compared with, and replaced by where they fail.</summary>
internal sealed class TorchOperations : IFusedOperations
{
    public (Tensor Sum, Tensor Inverse, Tensor Normed) Norm(
        Tensor x, Tensor? added, Tensor weight, MaskSource source, GpuMask addedMask, GpuMask normedMask, float epsilon, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar least = epsilon.ToScalar();
        Tensor sum = added is null ? x.alias() : x.Plus(Drop(added.to(ScalarType.Float32), source, addedMask));
        Tensor inverse = sum.square().mean([-1]).add(least, TensorArithmetic.One).rsqrt();
        Tensor normed = Drop(weight * (sum * inverse.unsqueeze(-1)), source, normedMask).to(type);
        return (sum.MoveToOuterDisposeScope(), inverse.MoveToOuterDisposeScope(), normed.MoveToOuterDisposeScope());
    }

    public (Tensor X, Tensor? Added, Tensor Weight) NormBackward(
        Tensor sum, Tensor weight, Tensor inverse, Tensor normedGradient, Tensor? sumGradient, MaskSource source, GpuMask addedMask,
        GpuMask normedMask, ScalarType? addedType)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor own = Drop(normedGradient.to(ScalarType.Float32), source, normedMask);
        Tensor factor = inverse.unsqueeze(-1);
        Tensor unit = sum * factor;
        Tensor scaled = own * weight;
        Tensor x = factor * (scaled - (unit * (scaled * unit).mean([-1], keepdim: true)));
        x = sumGradient is null ? x : x.Plus(sumGradient);
        Tensor? added = addedType is { } type ? Drop(x, source, addedMask).to(type, copy: true) : null;
        return (x.MoveToOuterDisposeScope(), added?.MoveToOuterDisposeScope(), (own * unit).sum([0L]).MoveToOuterDisposeScope());
    }

    public Tensor Activate(Tensor inner, Tensor? gate, MaskSource source, GpuMask mask, GpuActivation activation)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor active = Activate(inner.to(ScalarType.Float32), activation);
        active = gate is null ? active : active * gate.to(ScalarType.Float32);
        return Drop(active, source, mask).to(inner.dtype).MoveToOuterDisposeScope();
    }

    public void ActivateBackward(
        Tensor inner, Tensor? gate, Tensor gradient, MaskSource source, GpuMask mask, GpuActivation activation, Tensor innerGradient,
        Tensor? gateGradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = inner.to(ScalarType.Float32);
        Tensor own = Drop(gradient.to(ScalarType.Float32), source, mask);
        gateGradient?.copy_(own * Activate(x, activation));
        Tensor upper = gate is null ? own : own * gate.to(ScalarType.Float32);
        innerGradient.copy_(upper * Slope(x, activation));
    }

    public (Tensor Losses, Tensor Highest, Tensor Inverse) CrossEntropy(Tensor logits, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = logits.to(ScalarType.Float32);
        Tensor highest = z.amax([-1]);
        Tensor sum = (z - highest.unsqueeze(-1)).exp().sum([-1L]);
        Tensor target = z.gather(1, Valid(targets).unsqueeze(1)).squeeze(1);
        Tensor losses = (sum.log() - (target - highest)).where(IsReal(targets), zeros_like(sum));
        return (losses.MoveToOuterDisposeScope(), highest.MoveToOuterDisposeScope(), sum.reciprocal().MoveToOuterDisposeScope());
    }

    public Tensor CrossEntropyBackward(Tensor logits, Tensor targets, Tensor weights, Tensor highest, Tensor inverse)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar minus = (-1).ToScalar();
        Tensor gradient = (logits.to(ScalarType.Float32) - highest.unsqueeze(-1)).exp() * inverse.unsqueeze(-1);
        gradient.scatter_add_(1, Valid(targets).unsqueeze(1), full_like(inverse, minus).unsqueeze(1));
        Tensor factors = weights.where(IsReal(targets), zeros_like(weights));
        return (gradient * factors.unsqueeze(-1)).to(logits.dtype).MoveToOuterDisposeScope();
    }

    public Tensor Embed(Tensor table, Tensor ids, MaskSource source, GpuMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        return Drop(table.index_select(0, ids), source, mask).MoveToOuterDisposeScope();
    }

    public Tensor EmbedBackward(Tensor gradient, long[] tableShape, Tensor ids, MaskSource source, GpuMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        return zeros(tableShape, device: gradient.device)
            .index_add_(0, ids, Drop(gradient, source, mask), TensorArithmetic.One).MoveToOuterDisposeScope();
    }

    /// <returns>The dropped weights, and statistics that are not used.</returns>
    public (Tensor Dropped, Tensor Statistics) AttentionWeights(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask) =>
        (TorchAttention.Weights(scores, table, map, source, mask), empty(0, device: scores.device));

    public (Tensor Scores, Tensor? Table) AttentionWeightsBackward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics) =>
        TorchAttention.WeightsBackward(scores, table, map, source, mask, gradient);

    /// <summary>False: between gather and scatter, libtorch keeps what <see cref="AttendBackward"/> computes again.</summary>
    public bool HasAttention => false;

    public Tensor GatherHeads(Tensor packed, Tensor starts, int length, int heads) =>
        TorchAttention.GatherHeads(packed, starts, length, heads);

    public void ScatterHeads(Tensor padded, Tensor starts, Tensor packed) => TorchAttention.ScatterHeads(padded, starts, packed);

    /// <returns>Statistics that are not used.</returns>
    public Tensor Attend(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor output)
    {
        PaddedAttention.Forward(this, operands, map, source, mask, output);
        return empty(0, device: operands.Q.device);
    }

    public Tensor? AttendBackward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics,
        AttentionGradients gradients)
    {
        Tensor[] kept = PaddedAttention.Forward(
            this, operands, map, source, mask, empty(gradient.shape, gradient.dtype, gradient.device));
        return PaddedAttention.Backward(this, kept, operands.Table, map, source, mask, gradient, gradients);
    }

    public void Adam(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, Tensor rate, Tensor root, Tensor scale, AdamFactors constants,
        Tensor? copy = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar meanDecay = constants.Beta1.ToScalar();
        using Scalar meanShare = constants.Rest1.ToScalar();
        using Scalar squareDecay = constants.Beta2.ToScalar();
        using Scalar squareShare = constants.Rest2.ToScalar();
        using Scalar epsilon = constants.Epsilon.ToScalar();
        using Scalar minus = (-1).ToScalar();
        Tensor scaled = gradient * scale;
        mean.mul_(meanDecay).add_(scaled, alpha: meanShare);
        square.mul_(squareDecay).addcmul_(scaled, scaled, squareShare);
        weight.add_(mean * rate / square.sqrt().div_(root).add_(epsilon, alpha: TensorArithmetic.One), alpha: minus);
        copy?.copy_(weight);
    }

    private static Tensor Drop(Tensor x, MaskSource source, GpuMask mask) =>
        mask.Threshold == 0 ? x : x * TorchMasks.Factors(source.Keys, source.Seed, mask, x.shape[^1]);

    private static Tensor IsReal(Tensor targets)
    {
        using Scalar zero = 0.ToScalar();
        return targets.ge(zero);
    }

    private static Tensor Valid(Tensor targets)
    {
        using Scalar zero = 0.ToScalar();
        return targets.clamp_min(zero);
    }

    private static Tensor Activate(Tensor x, GpuActivation activation) => activation switch
    {
        GpuActivation.Relu => nn.functional.relu(x),
        GpuActivation.Silu => nn.functional.silu(x),
        _ => nn.functional.gelu(x, GELU.Approximate.tanh),
    };

    /// <summary>Returns the derivative, by autograd.</summary>
    private static Tensor Slope(Tensor x, GpuActivation activation)
    {
        using IDisposable grad = enable_grad();
        Tensor leaf = x.detach().requires_grad_();
        return autograd.grad([Activate(leaf, activation).sum()], [leaf])[0];
    }
}
