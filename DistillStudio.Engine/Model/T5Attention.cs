using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Multi-head attention without bias terms and without division by √d_kv.</summary>
internal sealed class T5Attention : nn.Module
{
    private readonly Linear q;
    private readonly Linear k;
    private readonly Linear v;
    private readonly Linear o;
    private readonly Embedding? relative_attention_bias;
    private readonly LinearGroup _ofSelf;
    private readonly LinearGroup _ofSource;
    private readonly RelativeBuckets? _buckets;
    private readonly ScalarType _type;
    private readonly int _heads;
    private readonly DropoutSource _dropout;
    private readonly uint _weightsSite;

    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of the products.</param>
    /// <param name="dropout">Dropout of the model.</param>
    /// <param name="weightsSite">Dropout site of the attention weights.</param>
    /// <param name="buckets">Non-null for the first layer of a stack, which holds the position bias shared by all its layers.</param>
    internal T5Attention(T5Config config, Precision precision, DropoutSource dropout, uint weightsSite, RelativeBuckets? buckets = null)
        : base(nameof(T5Attention))
    {
        q = new Linear(config.DModel, config.InnerSize, precision);
        k = new Linear(config.DModel, config.InnerSize, precision);
        v = new Linear(config.DModel, config.InnerSize, precision);
        o = new Linear(config.InnerSize, config.DModel, precision);
        _ofSelf = new(q, k, v);
        _ofSource = new(k, v);
        relative_attention_bias = buckets is null ? null : new Embedding(config.RelativeAttentionNumBuckets, config.NumHeads);
        _buckets = buckets;
        _type = precision.ToScalarType();
        _heads = config.NumHeads;
        _dropout = dropout;
        _weightsSite = weightsSite;
        RegisterComponents();
    }

    /// <param name="source">[B, K, D]</param>
    /// <returns>Both [B, H, K, d_kv].</returns>
    internal (Tensor Keys, Tensor Values) KeysAndValues(Tensor source) =>
        (SplitHeads(k.Forward(source)), SplitHeads(v.Forward(source)));

    /// <param name="x">[B, Q, D]</param>
    /// <param name="keys">[B, H, K, d_kv]</param>
    /// <param name="values">[B, H, K, d_kv]</param>
    /// <param name="bias">Added to the scores before the softmax; broadcasts to [B, H, Q, K], float32.</param>
    /// <returns>[B, Q, D]</returns>
    internal Tensor Attend(Tensor x, Tensor keys, Tensor values, Tensor bias) =>
        o.Forward(Mix(SplitHeads(q.Forward(x)), keys, values, bias, null).transpose(1, 2).flatten(2));

    /// <summary>Attends over packed rows, which are padded only between the products.</summary>
    /// <param name="x">[N, D], the concatenated queries of all spans.</param>
    /// <param name="source">[M, D], source of keys and values.</param>
    /// <param name="spans">Spans that together cover <paramref name="x"/>.</param>
    /// <returns>[N, D]</returns>
    internal Tensor Attend(Tensor x, Tensor source, IReadOnlyList<AttentionSpan> spans)
    {
        if (_dropout.Kernels is { } kernels)
        {
            IReadOnlyList<Tensor> projections = ReferenceEquals(x, source)
                ? _ofSelf.Forward(x)
                : [q.Forward(x), .. _ofSource.Forward(source)];
            return o.Forward(kernels.Attend(projections, spans, o.Weight.shape[1], _heads, _weightsSite, training));
        }

        (Tensor queries, Tensor keys, Tensor values) = (q.Forward(x), k.Forward(source), v.Forward(source)); // [N or M, H · d_kv]
        Tensor[] mixed =
        [
            .. spans.Select(span => span.Queries.Unpad(Mix(
                SplitHeads(span.Queries.Pad(queries)), SplitHeads(span.Keys.Pad(keys)), SplitHeads(span.Keys.Pad(values)), span.Bias!,
                span.Queries.Sequences).transpose(1, 2).flatten(2))),
        ];
        return o.Forward(mixed.Length == 1 ? mixed[0] : cat(mixed));
    }

    /// <summary>Returns the learned bias of each head for each distance; only in the first layer of a stack.</summary>
    /// <param name="queryStart">Position of the first query.</param>
    /// <param name="queries">Number of queries Q.</param>
    /// <param name="keys">Number of keys K, from position 0.</param>
    /// <returns>[1, H, Q, K]</returns>
    internal Tensor PositionBias(int queryStart, int queries, int keys)
    {
        if (_buckets is null || relative_attention_bias is null)
        {
            throw new InvalidOperationException("Only the first layer of a stack holds the position bias.");
        }

        // One lookup per distance, not one per pair: each query's row is a window over the distances.
        Tensor ids = _buckets.Range(1 - queryStart - queries, queries + keys - 1, relative_attention_bias.Weight.device);
        Tensor byDistance = relative_attention_bias.Forward(ids).t();                            // [H, Q + K - 1]
        return byDistance.unfold(1, keys, 1).flip(1).unsqueeze(0);                               // [1, H, Q, K]
    }

    /// <summary>Returns what <see cref="PositionBias"/> is computed from; only in the first layer of a stack.</summary>
    /// <param name="isCausal">Whether later positions are excluded.</param>
    internal BucketedBias BucketsOf(bool isCausal) => _buckets is null || relative_attention_bias is null
        ? throw new InvalidOperationException("Only the first layer of a stack holds the position bias.")
        : new(relative_attention_bias.Weight, _buckets.All(relative_attention_bias.Weight.device), isCausal);

    /// <inheritdoc cref="T5.UseCopies"/>
    internal void UseCopies(CopyOfWeights copyOf)
    {
        _ofSelf.UseCopies(copyOf);
        _ofSource.UseCopies(copyOf);
    }

    internal void Initialize(T5Initializer initializer)
    {
        initializer.Normal(q.Weight, 1 / Math.Sqrt((double)initializer.Config.DModel * initializer.Config.DKv));
        initializer.Normal(k.Weight, 1 / Math.Sqrt(initializer.Config.DModel));
        initializer.Normal(v.Weight, 1 / Math.Sqrt(initializer.Config.DModel));
        initializer.Normal(o.Weight, 1 / Math.Sqrt(initializer.Config.InnerSize));
        if (relative_attention_bias is not null)
        {
            initializer.Normal(relative_attention_bias.Weight, 1 / Math.Sqrt(initializer.Config.DModel));
        }
    }

    /// <param name="queries">[B, H, Q, d_kv]</param>
    /// <param name="sequences">Dropout keys; see <see cref="DropoutSource.ApplyToAttentionWeights"/>.</param>
    /// <returns>[B, H, Q, d_kv]</returns>
    private Tensor Mix(Tensor queries, Tensor keys, Tensor values, Tensor bias, uint[]? sequences)
    {
        Tensor scores = Shapes.MatMul(queries, keys.transpose(2, 3)).to(ScalarType.Float32);     // [B, H, Q, K]
        Tensor shares = scores.add_(bias, TensorArithmetic.One).softmax(-1);
        Tensor weights = _dropout.ApplyToAttentionWeights(shares, _weightsSite, training, sequences, _type);
        return Shapes.MatMul(weights, values);
    }

    /// <summary>Reshapes [B, L, H · d_kv] to [B, H, L, d_kv].</summary>
    private Tensor SplitHeads(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);
}
