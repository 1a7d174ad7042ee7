
namespace DistillStudio.Engine.Model;

/// <summary>
/// Lists the weights of a T5 by name and shape from its config alone, so that a file can be validated before memory is allocated.
/// </summary>
public static class T5Weights
{
    /// <summary>Returns every weight once; a tied LM head is the embedding and not listed.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(T5Config config)
    {
        yield return ("shared.weight", [config.VocabSize, config.DModel]);
        foreach ((string Name, long[] Shape) weight in Stack("encoder", config.NumLayers, ["SelfAttention"], config)
            .Concat(Stack("decoder", config.NumDecoderLayers, ["SelfAttention", "EncDecAttention"], config)))
        {
            yield return weight;
        }

        if (!config.TieWordEmbeddings)
        {
            yield return ("lm_head.weight", [config.VocabSize, config.DModel]);
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> Stack(string stack, int blocks, string[] attentions, T5Config config)
    {
        string[] inputs = config.IsGated ? ["wi_0", "wi_1"] : ["wi"];
        for (int block = 0; block < blocks; block++)
        {
            for (int layer = 0; layer < attentions.Length; layer++)
            {
                string attention = $"{stack}.block.{block}.layer.{layer}.{attentions[layer]}";
                foreach (string projection in (string[])["q", "k", "v"])
                {
                    yield return ($"{attention}.{projection}.weight", [config.InnerSize, config.DModel]);
                }

                yield return ($"{attention}.o.weight", [config.DModel, config.InnerSize]);
                if (block == 0 && layer == 0)
                {
                    yield return ($"{attention}.relative_attention_bias.weight", [config.RelativeAttentionNumBuckets, config.NumHeads]);
                }

                yield return ($"{stack}.block.{block}.layer.{layer}.layer_norm.weight", [config.DModel]);
            }

            string last = $"{stack}.block.{block}.layer.{attentions.Length}";
            foreach (string input in inputs)
            {
                yield return ($"{last}.DenseReluDense.{input}.weight", [config.DFf, config.DModel]);
            }

            yield return ($"{last}.DenseReluDense.wo.weight", [config.DModel, config.DFf]);
            yield return ($"{last}.layer_norm.weight", [config.DModel]);
        }

        yield return ($"{stack}.final_layer_norm.weight", [config.DModel]);
    }
}
