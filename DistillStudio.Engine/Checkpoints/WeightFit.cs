using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Which tensor of a file fills which weight of a T5.</summary>
internal static class WeightFit
{
    /// <summary>Copies of the embedding that checkpoints carry under further names, in the order in which they may stand in for it.</summary>
    private static readonly string[] EmbeddingCopies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];

    private const string Embedding = "shared.weight";
    private const string Head = "lm_head.weight";

    /// <summary>A weight that early checkpoints hold and that no T5 has ever used.</summary>
    private const string Leftover = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

    /// <summary>For each weight's name the name of the tensor to read.</summary>
    /// <exception cref="InputException">Weights are missing, unexpected or of another shape; one sentence names them all.</exception>
    internal static IReadOnlyDictionary<string, string> Check(IWeightReader reader, T5Config config)
    {
        var sources = new Dictionary<string, string>();
        var unexpected = new HashSet<string>(reader.Weights.Keys);
        var missing = new List<string>();
        var misshaped = new List<string>();
        unexpected.ExceptWith(EmbeddingCopies);
        unexpected.Remove(Leftover);
        if (config.TieWordEmbeddings)
        {
            unexpected.Remove(Head);
        }

        foreach ((string name, long[] shape) in T5Weights.Of(config))
        {
            string? source = Candidates(name, config).FirstOrDefault(reader.Weights.ContainsKey);
            if (source is null)
            {
                missing.Add(name);
                continue;
            }

            unexpected.Remove(source);
            sources[name] = source;
            IReadOnlyList<long> found = reader.Weights[source].Shape;
            if (!found.SequenceEqual(shape))
            {
                misshaped.Add($"{source} is {Shown.Shape(found)} and should be {Shown.Shape(shape)}");
            }
        }

        string[] complaints = [.. Complaints(missing, [.. unexpected.Order(StringComparer.Ordinal)], misshaped)];
        return complaints.Length == 0
            ? sources
            : throw new InputException($"{reader.Path} does not fit the {T5ConfigFile.FileName} beside it: {string.Join("; ", complaints)}; put the weights and the config of one model together.");
    }

    private static IEnumerable<string> Complaints(List<string> missing, IReadOnlyList<string> unexpected, List<string> misshaped)
    {
        if (missing.Count > 0)
        {
            yield return $"missing {Shown.List(missing)}";
        }

        if (unexpected.Count > 0)
        {
            yield return $"unexpected {Shown.List(unexpected)}";
        }

        if (misshaped.Count > 0)
        {
            yield return Shown.List(misshaped);
        }
    }

    /// <summary>Names under which a file may hold a weight, the best first.</summary>
    private static IEnumerable<string> Candidates(string name, T5Config config) => name switch
    {
        Embedding when config.TieWordEmbeddings => [Embedding, .. EmbeddingCopies, Head],
        Embedding => [Embedding, .. EmbeddingCopies],
        _ => [name],
    };
}
