using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Passes one token of each row through the decoder. Everything but the operands of products is float32.</summary>
internal sealed unsafe class DecodingStep<TFormat>
    where TFormat : struct, INumberFormat
{
    private readonly T5Config _config;
    private readonly Arena _arena;
    private readonly int _rows;
    private readonly int _padded;
    private readonly ulong* _keys;   // dropout keys, without effect: there is no dropout
    private readonly float* _x;      // [padded, D]: the residual stream
    private readonly float* _added;  // [padded, D]: output of the previous sublayer
    private readonly float* _normed; // [padded, D]
    private readonly float* _inverse;
    private readonly float* _mixed;  // [padded, H · d_kv]
    private bool _hasAdded;

    internal DecodingStep(T5Config config, Arena arena, int rows)
    {
        const int Step = PackedGemm<TFormat>.RowStep;
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
            new ReadOnlySpan<float>(table + ((long)ids[row] * _config.DModel), _config.DModel).CopyTo(
                new Span<float>(_x + ((long)row * _config.DModel), _config.DModel));
        }
    }

    /// <param name="block">Weights of the block.</param>
    /// <param name="cache">Receives this position's keys and values too.</param>
    /// <param name="rows">Rows of the cache.</param>
    /// <param name="position">Position of this token.</param>
    /// <param name="bias">[H, capacity of the cache]</param>
    internal void Attend(DecodingBlock<TFormat> block, DecodingCache<TFormat> cache, ReadOnlySpan<int> rows, int position, float* bias)
    {
        Norm(block.SelfNorm.Data, 1);
        float* projected = Multiply(block.QueriesKeysValues, _normed);          // [padded, 3 · H · d_kv]
        float* scores = _arena.Take<float>((long)ParallelTeam.Size * cache.Capacity);
        ParallelTeam.Run(
            _rows, new SelfJob(_config.NumHeads, _config.DKv, cache, _arena.Copy(rows), position, projected, bias, scores, _mixed));
        block.SelfOutput.Multiply(_arena, _mixed, _padded, _added);
        _hasAdded = true;
    }

    /// <summary>Each job stores the newest key and value of a row, then attends to them.</summary>
    private readonly struct SelfJob(
        int heads, int width, DecodingCache<TFormat> cache, int* rows, int position, float* projected, float* bias, float* scores,
        float* mixed)
        : IJob
    {
        public void Do(int row, int worker)
        {
            int inner = heads * width;
            float* own = projected + ((long)row * 3 * inner);
            KeyRange range = cache.Positions(rows[row], position + 1);
            SingleQueryKernel<TFormat>.Write<Float32Format>(position, inner, own + inner, own + (2 * inner), range);
            SingleQueryKernel<TFormat>.Row(
                heads, width, own, range, bias, cache.Capacity, scores + ((long)worker * cache.Capacity), mixed + ((long)row * inner));
        }
    }

    /// <param name="block">Weights of the block.</param>
    /// <param name="inputs">Encoded inputs.</param>
    /// <param name="first">Index of row 0 among the inputs.</param>
    /// <param name="rows">Rows to decode.</param>
    internal void AttendToInput(DecodingBlock<TFormat> block, EncodedInputs<TFormat> inputs, int first, ReadOnlySpan<int> rows)
    {
        Norm(block.CrossNorm.Data, 1);
        float* queries = Multiply(block.CrossQueries, _normed);                 // [padded, H · d_kv]
        float* scores = _arena.Take<float>((long)ParallelTeam.Size * inputs.Largest);
        ParallelTeam.Run(_rows, new CrossJob(_config.NumHeads, _config.DKv, inputs, first, _arena.Copy(rows), queries, scores, _mixed));
        block.CrossOutput.Multiply(_arena, _mixed, _padded, _added);
    }

    private readonly struct CrossJob(
        int heads, int width, EncodedInputs<TFormat> inputs, int first, int* rows, float* queries, float* scores, float* mixed) : IJob
    {
        public void Do(int row, int worker)
        {
            long start = (long)row * heads * width;
            SingleQueryKernel<TFormat>.Row(
                heads, width, queries + start, inputs[first + rows[row]], null, 0, scores + ((long)worker * inputs.Largest),
                mixed + start);
        }
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

        block.FeedForwardOutput.Multiply(_arena, hidden, _padded, _added);
    }

    /// <param name="weight">Weight of the final norm.</param>
    /// <param name="scale">Factor applied before the LM head.</param>
    /// <param name="head">[V, D]</param>
    /// <param name="logProbabilities">Receives [rows]: log probability of the argmax; empty if it is not wanted.</param>
    /// <returns>[rows]: argmax of the logits; the first of equals.</returns>
    internal int[] Likeliest(Weight weight, float scale, PackedWeight<TFormat> head, Span<float> logProbabilities)
    {
        Norm(weight.Data, scale);
        float* logits = Multiply(head, _normed);                                // [padded, V]
        int[] likeliest = new int[_rows];
        ParallelTeam.Run(_rows, (row, _) => likeliest[row] = ArgMaxKernel.IndexOf(logits + ((long)row * head.Outputs), head.Outputs));
        if (!logProbabilities.IsEmpty)
        {
            float* losses = _arena.Take<float>(_rows);
            CrossEntropyKernel<Float32Format>.Run(_rows, _rows, head.Outputs, logits, _arena.Copy<int>(likeliest), null, losses);
            for (int row = 0; row < _rows; row++)
            {
                logProbabilities[row] = -losses[row];
            }
        }

        return likeliest;
    }

    private void Norm(float* weight, float scale)
    {
        var shape = new NormKernel<Float32Format>.Shape(_rows, _config.DModel, (nint)_keys);
        NormKernel<Float32Format>.Forward(
            shape, _x, _hasAdded ? _added : null, DropoutMask.None, _x, weight, (float)_config.LayerNormEpsilon, _inverse, _normed,
            DropoutMask.None, scale);
    }

    private void Activate<TActivation>(float* inner, float* hidden)
        where TActivation : struct, IActivation =>
        ActivationKernel<Float32Format, TActivation>.ForwardFew(_rows, _config.DFf, inner, _config.IsGated, hidden);

    private float* Multiply(PackedWeight<TFormat> weight, float* x)
    {
        float* y = _arena.Take<float>((long)_padded * weight.Outputs);
        weight.Multiply(_arena, x, _padded, y);
        return y;
    }

    private float* Zeros(int width)
    {
        float* zeros = _arena.Take<float>((long)_padded * width);
        new Span<float>(zeros, _padded * width).Clear();
        return zeros;
    }
}
