using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Some rows of an attention, which attend to some others.</summary>
/// <param name="FirstQuery">Their first row among the queries.</param>
/// <param name="Queries">Number of queries.</param>
/// <param name="FirstKey">The same of the keys and values, which no other part reads.</param>
/// <param name="Keys">Number of keys.</param>
/// <param name="Map">Counts rows from the first.</param>
/// <param name="Source">Dropout keys of the sequences, and the seed.</param>
internal sealed record AttentionPart(long FirstQuery, long Queries, long FirstKey, long Keys, AttentionMap Map, MaskSource Source)
{
    /// <summary>True if <see cref="IFusedOperations.Attend"/> can compute it.</summary>
    internal bool FitsAGroup => Math.Max(Map.Queries.Length, Map.Keys.Length) <= GpuAttentionShape.LongestSequence;

    internal Tensor QueriesOf(Tensor rows) => rows.narrow(0, FirstQuery, Queries);

    internal Tensor KeysOf(Tensor rows) => rows.narrow(0, FirstKey, Keys);
}

/// <summary>Attention over packed rows with gradients: by one kernel, or by libtorch's products between kernels.</summary>
internal sealed class AttentionFunction : autograd.SingleTensorFunction<AttentionFunction>
{
    private const string StateName = "state";

    /// <param name="Parts">Together cover the queries that belong to a sequence. Their tensors must live until the backward pass.</param>
    /// <param name="Width">H · d_kv</param>
    internal sealed record State(IFusedOperations Operations, IReadOnlyList<AttentionPart> Parts, long Width, GpuMask Mask);

    /// <param name="IsOwn">Whether <see cref="IFusedOperations.Attend"/> has computed.</param>
    /// <param name="Shapes">Of the projections.</param>
    private sealed record Computed(State State, bool IsOwn, bool HasTable, long[][] Shapes, ScalarType Type, Device Device);

    public override string Name => nameof(AttentionFunction);

    /// <param name="projections">q, k and v, [rows, H · d_kv] each, of which neighbours may be one matrix.</param>
    /// <param name="table">[buckets, H], float32: position bias of each bucket; null for none.</param>
    /// <returns>[rows of q, H · d_kv], zeros for rows of no sequence.</returns>
    internal static Tensor Apply(State state, IReadOnlyList<Tensor> projections, Tensor? table) =>
        table is null ? apply([state, false, .. projections]) : apply([state, true, .. projections, table]);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var state, bool hasTable) = ((State)vars[0], (bool)vars[1]);
        Tensor[] projections = [.. vars[2..(hasTable ? ^1 : ^0)].Cast<Tensor>()];
        Tensor? table = hasTable ? (Tensor)vars[^1] : null;
        using DisposeScope scope = NewDisposeScope();
        Tensor[] qkv = ColumnBlocks.Of(projections, state.Width);
        Tensor output = zeros([qkv[0].shape[0], state.Width], qkv[0].dtype, qkv[0].device);
        bool isOwn = state.Operations.HasAttention && state.Parts.All(part => part.FitsAGroup);
        var kept = new List<Tensor>();
        foreach (AttentionPart part in state.Parts)
        {
            AttentionOperands operands = OperandsOf(part, qkv, table);
            if (isOwn)
            {
                kept.Add(state.Operations.Attend(operands, part.Map, part.Source, state.Mask, part.QueriesOf(output)));
            }
            else
            {
                kept.AddRange(
                    PaddedAttention.Forward(state.Operations, operands, part.Map, part.Source, state.Mask, part.QueriesOf(output)));
            }
        }

        ctx.save_data(
            StateName,
            new Computed(state, isOwn, hasTable, [.. projections.Select(x => x.shape)], projections[0].dtype, projections[0].device));
        kept.ForEach(each => each.MoveToOuterDisposeScope()); // saved only after this call
        ctx.save_for_backward([.. isOwn ? projections : [], .. hasTable ? [table!] : (Tensor[])[], .. kept]);
        return output.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var computed = (Computed)ctx.get_data(StateName);
        List<Tensor?> All(IEnumerable<Tensor> gradients, Tensor? table) =>
            computed.HasTable ? [null, null, .. gradients, table] : [null, null, .. gradients];
        return FusedGradients.Run(
            ctx, [grad_output], computed.State.Operations,
            saved => All(
                computed.Shapes.Select(shape => FusedGradients.Zeros(shape, computed.Type, computed.Device)),
                computed.HasTable ? FusedGradients.Zeros(saved[TableIndex(computed)]) : null),
            saved =>
            {
                Tensor[] gradients = [.. computed.Shapes.Select(shape => zeros(shape, computed.Type, computed.Device))];
                Tensor[] dqkv = ColumnBlocks.Of(gradients, computed.State.Width);
                return All(gradients, Backward(computed, saved, grad_output.contiguous(), dqkv));
            });
    }

    /// <param name="dqkv">Receive the gradients of q, k and v.</param>
    /// <returns>The gradient of the table; null if there is none.</returns>
    private static Tensor? Backward(Computed computed, List<Tensor> saved, Tensor gradient, Tensor[] dqkv)
    {
        (State state, IFusedOperations by) = (computed.State, computed.State.Operations);
        Tensor? table = computed.HasTable ? saved[TableIndex(computed)] : null;
        Tensor[] kept = [.. saved.Skip(TableIndex(computed) + (computed.HasTable ? 1 : 0))];
        Tensor[] qkv = computed.IsOwn ? ColumnBlocks.Of(saved.Take(computed.Shapes.Length), state.Width) : [];
        Tensor? tableGradient = null;
        for (int i = 0; i < state.Parts.Count; i++)
        {
            AttentionPart part = state.Parts[i];
            var into = new AttentionGradients(part.QueriesOf(dqkv[0]), part.KeysOf(dqkv[1]), part.KeysOf(dqkv[2]));
            Tensor own = part.QueriesOf(gradient);
            Tensor? added = computed.IsOwn
                ? by.AttendBackward(OperandsOf(part, qkv, table), part.Map, part.Source, state.Mask, own, kept[i], into)
                : PaddedAttention.Backward(
                    by, kept.AsSpan(i * PaddedAttention.KeptTensors, PaddedAttention.KeptTensors), table, part.Map, part.Source, state.Mask,
                    own, into);
            tableGradient = tableGradient is null ? added : tableGradient.Plus(added!);
        }

        return tableGradient;
    }

    private static int TableIndex(Computed computed) => computed.IsOwn ? computed.Shapes.Length : 0;

    private static AttentionOperands OperandsOf(AttentionPart part, Tensor[] qkv, Tensor? table) =>
        new(part.QueriesOf(qkv[0]), part.KeysOf(qkv[1]), part.KeysOf(qkv[2]), table);
}
