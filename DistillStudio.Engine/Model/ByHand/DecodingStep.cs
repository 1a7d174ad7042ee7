using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>One token of each row on its way through the decoder. Everything but the weights is float32.</summary>
internal sealed unsafe class DecodingStep<TFormat>
    where TFormat : struct, INumberFormat
{
    private readonly T5Config _config;
    private readonly Arena _arena;
    private readonly int _rows;
    private readonly int _padded;
    private readonly ulong* _keys;   // of dropout, which there is none of
    private readonly float* _x;      // [padded, D]: the residual stream
    private readonly float* _added;  // [padded, D]: what the sublayer before gives to it
    private readonly float* _normed; // [padded, D]
    private readonly float* _inverse;
    private readonly float* _mixed;  // [padded, H · d_kv]
    private bool _hasAdded;

    internal DecodingStep(T5Config config, Arena arena, int rows)
    {
        const int Step = PanelProduct<TFormat>.RowStep;
        (_config, _arena, _rows) = (config, arena, rows);
        _padded = (rows + Step - 1) / Step * Step;
        _keys = arena.Take<ulong>(_padded);
        _x = Zeros(config.DModel);
        _added = Zeros(config.DModel);
        _normed = Zeros(config.DModel);
        _inverse = Zeros(1);
        _mixed = Zeros(config.InnerSize);
    }

    /// <param name="table">[V, D]</param>
    /// <param name="ids">[rows]</param>
    internal void Embed(float* table, ReadOnlySpan<int> ids)
    {
        for (int row = 0; row < _rows; row++)
        {
            new ReadOnlySpan<float>(table + ((long)ids[row] * _config.DModel), _config.DModel).CopyTo(new Span<float>(_x + ((long)row * _config.DModel), _config.DModel));
        }
    }

    /// <param name="block">Weights.</param>
    /// <param name="memory">Keeps this position's keys and values too.</param>
    /// <param name="rows">Of the memory.</param>
    /// <param name="position">Of this token.</param>
    /// <param name="bias">[H, room of the memory]</param>
    internal void Attend(DecodingBlock<TFormat> block, DecodingMemory memory, ReadOnlySpan<int> rows, int position, float* bias)
    {
        Norm(block.SelfNorm.Data, 1);
        int inner = _config.InnerSize;
        float* projected = Multiply(block.QueriesKeysValues, _normed);          // [padded, 3 · H · d_kv]
        var ranges = new KeyRange[_rows];
        for (int row = 0; row < _rows; row++)
        {
            float* own = projected + ((long)row * 3 * inner);
            memory.Write(rows[row], position, new(own + inner, inner), new(own + (2 * inner), inner));
            ranges[row] = memory.Positions(rows[row], position + 1);
        }

        float* scores = _arena.Take<float>((long)Team.Size * memory.Room);
        SingleQueryKernel.Run(_config.NumHeads, _config.DKv, projected, 3 * inner, ranges, bias, scores, memory.Room, _mixed);
        block.SelfOutput.Multiply(_mixed, _padded, _added);
        _hasAdded = true;
    }

    internal void AttendToInput(DecodingBlock<TFormat> block, DecodingMemory memory, ReadOnlySpan<int> rows)
    {
        Norm(block.CrossNorm.Data, 1);
        float* queries = Multiply(block.CrossQueries, _normed);                 // [padded, H · d_kv]
        var ranges = new KeyRange[_rows];
        for (int row = 0; row < _rows; row++)
        {
            ranges[row] = memory.Input(rows[row]);
        }

        float* scores = _arena.Take<float>((long)Team.Size * memory.LargestInput);
        SingleQueryKernel.Run(_config.NumHeads, _config.DKv, queries, _config.InnerSize, ranges, null, scores, memory.LargestInput, _mixed);
        block.CrossOutput.Multiply(_mixed, _padded, _added);
    }

    internal void FeedForward(DecodingBlock<TFormat> block)
    {
        Norm(block.FeedForwardNorm.Data, 1);
        float* inner = Multiply(block.FeedForward, _normed);                    // [padded, d_ff], or gated [padded, 2 · d_ff]
        float* hidden = _config.IsGated ? Zeros(_config.DFf) : inner;
        switch (_config.Activation)
        {
            case Activation.Relu:
                Activate<ReluActivation>(inner, hidden);
                break;
            case Activation.GeluTanh:
                Activate<GeluTanhActivation>(inner, hidden);
                break;
            case Activation.Silu:
                Activate<SiluActivation>(inner, hidden);
                break;
            default:
                throw new NotSupportedException($"{_config.FeedForwardProj} has no kernel.");
        }

        block.FeedForwardOutput.Multiply(hidden, _padded, _added);
    }

    /// <param name="weight">Of the last norm.</param>
    /// <param name="scale">Before the head.</param>
    /// <param name="head">[V, D]</param>
    /// <returns>[rows]: the id of the highest logit, of equals the first.</returns>
    internal int[] Likeliest(Weight weight, float scale, PanelWeight<TFormat> head)
    {
        Norm(weight.Data, scale);
        float* logits = Multiply(head, _normed);                                // [padded, V]
        int[] likeliest = new int[_rows];
        Team.Run(_rows, (row, _) => likeliest[row] = HighestKernel.IndexOf(logits + ((long)row * head.Outputs), head.Outputs));
        return likeliest;
    }

    private void Norm(float* weight, float scale)
    {
        var shape = new NormKernel<Float32Format>.Shape(_rows, _config.DModel, (nint)_keys);
        NormKernel<Float32Format>.Forward(
            shape, _x, _hasAdded ? _added : null, DropoutMask.None, _x, weight, (float)_config.LayerNormEpsilon, _inverse, _normed, DropoutMask.None, scale);
    }

    private void Activate<TActivation>(float* inner, float* hidden)
        where TActivation : struct, IActivation =>
        ActivationKernel<Float32Format, TActivation>.ForwardFew(_rows, _config.DFf, inner, _config.IsGated, hidden);

    private float* Multiply(PanelWeight<TFormat> weight, float* x)
    {
        float* y = _arena.Take<float>((long)_padded * weight.Outputs);
        weight.Multiply(x, _padded, y);
        return y;
    }

    private float* Zeros(int width)
    {
        float* zeros = _arena.Take<float>((long)_padded * width);
        new Span<float>(zeros, _padded * width).Clear();
        return zeros;
    }
}
