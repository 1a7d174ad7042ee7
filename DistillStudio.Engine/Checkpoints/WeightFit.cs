using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Maps a file's tensors to the weights of a T5.</summary>
/// <param name="Config">The model's config, completed from the weights: only they show whether the LM head is tied to the
/// embedding.</param>
/// <param name="Sources">Maps each weight's name to the name of the tensor to read.</param>
/// <param name="Remarks">Notes for the user, one sentence each.</param>
internal sealed record WeightPlan(T5Config Config, IReadOnlyDictionary<string, string> Sources, IReadOnlyList<string> Remarks);

/// <summary>Determines which tensor of a file is loaded into which weight of a T5.</summary>
internal sealed class WeightFit
{
    internal const string Embedding = "shared.weight";
    internal const string Head = "lm_head.weight";

    /// <summary>A weight that early checkpoints contain and that no T5 has ever used.</summary>
    private const string Leftover = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

    private const int BlockBytes = 1 << 18;

    /// <summary>Names of copies of the embedding in checkpoints, in the order in which they may replace it.</summary>
    private static readonly string[] EmbeddingCopies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];

    private readonly IWeightReader _reader;
    private readonly PublishedConfig _published;
    private readonly Dictionary<string, string> _tensors; // keyed by the name without a wrapper's prefix
    private readonly List<string> _remarks = [];

    private WeightFit(IWeightReader reader, PublishedConfig published)
    {
        _reader = reader;
        _published = published;
        string prefix = TensorNames.Prefix(reader.Weights.Keys);
        _tensors = reader.Weights.Keys.ToDictionary(
            name => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name);
    }

    /// <exception cref="InputException">Weights are missing, unexpected, of another shape or quantized; one message names them
    /// all.</exception>
    internal static WeightPlan Check(IWeightReader reader, PublishedConfig published)
    {
        if (TensorNames.WhyUnreadable(reader.Weights) is { } why)
        {
            throw new InputException($"{reader.Path} {why}.");
        }

        return new WeightFit(reader, published).Plan();
    }

    private WeightPlan Plan()
    {
        T5Config config = DecideHead();
        var sources = new Dictionary<string, string>();
        var missing = new List<string>();
        var misshaped = new List<string>();
        foreach ((string name, long[] shape) in T5Weights.Of(config))
        {
            if (FindTensor(name) is not { } tensor)
            {
                missing.Add(name);
                continue;
            }

            sources[name] = tensor;
            IReadOnlyList<long> found = _reader.Weights[tensor].Shape;
            if (!found.SequenceEqual(shape))
            {
                misshaped.Add($"{tensor} is {FileText.Shape(found)} and should be {FileText.Shape(shape)}");
            }
        }

        string[] unused =
            [.. _tensors.Keys.Except([.. sources.Keys, Embedding, Head, Leftover, .. EmbeddingCopies]).Order(StringComparer.Ordinal)];
        Complain(missing, [.. unused.Where(TensorNames.IsOfT5)], misshaped);
        if (TensorNames.WhyOtherTask(unused) is { } other)
        {
            throw new InputException($"{_reader.Path} {other}; {ModelKind.Remedy} that writes text (T5ForConditionalGeneration).");
        }

        CheckCopies(sources[Embedding]);
        if (unused.Length > 0)
        {
            _remarks.Add($"{_reader.Path} holds weights that T5 does not have; they are ignored: {FileText.List(unused)}.");
        }

        return new WeightPlan(config, sources, _remarks);
    }

    /// <summary>
    /// Decides whether the LM head is tied. A head in the file that differs from the embedding is separate, whatever the config states; one
    /// that equals it, or is missing, is tied. Before transformers 5, tie_word_embeddings false meant a separate head even if both were
    /// equal.
    /// </summary>
    private T5Config DecideHead()
    {
        T5Config config = _published.Shape;
        string? embedding = FindTensor(Embedding);
        bool hasHead = _tensors.TryGetValue(Head, out string? head) && head != embedding;
        bool isOwn = hasHead && embedding is not null && !(_published.TiesEqualHead && HoldSameNumbers(embedding, head!));
        if (isOwn && config is { TieWordEmbeddings: true, ScaleDecoderOutputs: true })
        {
            _remarks.Add($"{_reader.Path} holds a {Head} that differs from the embedding, although tie_word_embeddings is true in "
                + $"the {T5ConfigFile.FileName} next to it: it is used, as in transformers 5.");
        }
        else if (!hasHead && !_published.TiesEqualHead)
        {
            _remarks.Add($"{_reader.Path} holds no {Head}, although tie_word_embeddings is false in the {T5ConfigFile.FileName} next to "
                + $"it: the embedding is used instead, unscaled, as in transformers 5.");
        }

        return config with { TieWordEmbeddings = !isOwn };
    }

    /// <summary>Returns the tensor for a weight; null for none. Copies of the embedding may replace it.</summary>
    private string? FindTensor(string name)
    {
        string[] names = name != Embedding
            ? [name]
            : _published.Shape.TieWordEmbeddings
            ? [Embedding, .. EmbeddingCopies, Head]
            : [Embedding, .. EmbeddingCopies];
        return names.FirstOrDefault(_tensors.ContainsKey) is { } found ? _tensors[found] : null;
    }

    /// <summary>Checks the embedding's copies, because encoder and decoder share one embedding here.</summary>
    private void CheckCopies(string embedding)
    {
        foreach (string copy in EmbeddingCopies)
        {
            if (_tensors.TryGetValue(copy, out string? tensor) && !HoldSameNumbers(embedding, tensor))
            {
                throw new InputException($"{_reader.Path} holds a {tensor} that differs from {embedding}, while encoder and decoder of a "
                    + $"T5 share one embedding; save the model with one.");
            }
        }
    }

    private void Complain(List<string> missing, IReadOnlyList<string> unexpected, List<string> misshaped)
    {
        if (missing.Count + unexpected.Count + misshaped.Count == 0)
        {
            return;
        }

        if (TensorNames.WhyOtherModel([.. _tensors.Keys], missing) is { } other)
        {
            throw new InputException($"{_reader.Path} {other}; {ModelKind.Remedy}.");
        }

        List<string> complaints = [];
        if (missing.Count > 0)
        {
            complaints.Add($"missing {FileText.List(missing)}");
        }

        if (unexpected.Count > 0)
        {
            complaints.Add($"unexpected {FileText.List(unexpected)}");
        }

        if (misshaped.Count > 0)
        {
            complaints.Add(FileText.List(misshaped));
        }

        throw new InputException($"{_reader.Path} does not fit the {T5ConfigFile.FileName} next to it: {string.Join("; ", complaints)}; "
            + $"put the weights and the config of one model together.");
    }

    /// <summary>
    /// Compares the stored numbers, so that a page can call it before libtorch is loaded. Numbers in different formats are treated as
    /// different.
    /// </summary>
    private bool HoldSameNumbers(string first, string second)
    {
        (WeightInfo a, WeightInfo b) = (_reader.Weights[first], _reader.Weights[second]);
        if (a.Type != b.Type || !a.Shape.SequenceEqual(b.Shape))
        {
            return false;
        }

        if (_reader.IsSameStorage(first, second))
        {
            return true;
        }

        try
        {
            using Stream? left = _reader.OpenStored(first);
            using Stream? right = _reader.OpenStored(second);
            return left is not null && right is not null && HoldSameBytes(left, right, a.Count * a.Type.ElementSize());
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new InputException($"{_reader.Path} cannot be read ({e.Message.TrimEnd('.')}); download the file again.", e);
        }
    }

    private static bool HoldSameBytes(Stream left, Stream right, long count)
    {
        (byte[] first, byte[] second) = (new byte[BlockBytes], new byte[BlockBytes]);
        for (long at = 0; at < count; at += BlockBytes)
        {
            int length = (int)Math.Min(BlockBytes, count - at);
            left.ReadExactly(first, 0, length);
            right.ReadExactly(second, 0, length);
            if (!first.AsSpan(0, length).SequenceEqual(second.AsSpan(0, length)))
            {
                return false;
            }
        }

        return true;
    }
}
