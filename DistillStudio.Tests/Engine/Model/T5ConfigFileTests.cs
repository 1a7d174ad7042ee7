using System.Text.Json.Nodes;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Model;

/// <summary>Configs as written by other programs, and those of other kinds of model.</summary>
public sealed class T5ConfigFileTests : IDisposable
{
    private const string Good = """{"model_type":"t5","vocab_size":100,"d_model":8,"d_kv":4,"d_ff":16,"num_layers":2,"num_heads":2}""";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(""","temperature":Infinity""")]
    [InlineData(""","length_penalty":NaN,"low":-Infinity""")]
    [InlineData(""","num_layers":2.0,"d_model":8e0""")]
    [InlineData(
        ""","num_decoder_layers":null,"dropout_rate":null,"feed_forward_proj":null,"tie_word_embeddings":null,"eos_token_id":null""")]
    [InlineData(""","num_layers":7,"num_layers":2""")]
    [InlineData(""","architectures":["\ud800"],"tokenizer_class":"\ud800" """)]
    public void Read_what_Python_writes_is_accepted(string more)
    {
        T5Config expected = Read(Good);

        Assert.Equal(expected, Read(Good[..^1] + more + "}"));
        Assert.Equal(expected, Read("\uFEFF" + Good[..^1] + more + "}"));
    }

    [Theory]
    [InlineData(""","dropout_rate":NaN""", "dropout_rate is NaN but must be a number from 0 to less than 1")]
    [InlineData(""","layer_norm_epsilon":Infinity""", "layer_norm_epsilon is Infinity but must be")]
    [InlineData(""","d_ff":-Infinity""", "d_ff is -Infinity but must be")]
    [InlineData(""","num_heads":2.5""", "num_heads is 2.5 but must be")]
    [InlineData(""","feed_forward_proj":NaN""", "feed_forward_proj is NaN but must be")]
    [InlineData(""","tie_word_embeddings":"false" """, "tie_word_embeddings is \"false\" but must be true or false")]
    [InlineData(""","dense_act_fn":"silu" """, "dense_act_fn is \"silu\" and contradicts feed_forward_proj \"relu\"")]
    [InlineData(""","tie_encoder_decoder":true""", "tie_encoder_decoder is true")]
    [InlineData(""","quantization_config":{"quant_method":"gptq"}""", "the weights are quantised")]
    [InlineData(""","tokenizer_class":"ByT5Tokenizer" """, "this is a ByT5, which reads bytes")]
    public void Read_what_cannot_be_honoured_is_refused_by_name(string more, string says)
    {
        InputException e = Assert.Throws<InputException>(() => Read(Good[..^1] + more + "}"));

        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder["config.json"], e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("umt5", "which has relative positions in every layer")]
    [InlineData("longt5", "which attends to a neighbourhood")]
    [InlineData("switch_transformers", "which has experts")]
    [InlineData("bert", "only an encoder, which generates no text")]
    [InlineData("llama", "only a decoder")]
    [InlineData("bart", "an encoder and a decoder, but not T5's")]
    [InlineData("of-tomorrow\n", "a network other than T5")]
    public void Read_other_kinds_of_model_are_refused_by_their_kind(string type, string says)
    {
        InputException e = Assert.Throws<InputException>(
            () => Read($$"""{"model_type":{{JsonValue.Create(type).ToJsonString()}},"hidden_size":8}"""));

        Assert.Equal(
            $"{_folder["config.json"]}: model_type is {JsonValue.Create(type).ToJsonString()}, {says}",
            e.Message[..e.Message.IndexOf(says, StringComparison.Ordinal)] + says);
        Assert.EndsWith("; use a T5, T5 v1.1, Flan-T5 or mT5.", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Read_mT5_without_sizes_has_the_usual_ones_of_mT5()
    {
        T5Config config = Read("""{"model_type":"mt5"}""");

        Assert.Equal(
            (250_112, 512, 64, 1024, 8, 8, 6),
            (config.VocabSize, config.DModel, config.DKv, config.DFf, config.NumLayers, config.NumDecoderLayers, config.NumHeads));
        Assert.Equal(
            ("gated-gelu", false, false, 0),
            (config.FeedForwardProj, config.TieWordEmbeddings, config.ScaleDecoderOutputs, config.DecoderStartTokenId));
        Assert.Equal(300_176_768, config.ParameterCount); // as google/mt5-small has
    }

    private T5Config Read(string json)
    {
        File.WriteAllText(_folder["config.json"], json);
        return T5ConfigFile.Read(_folder["config.json"]);
    }
}
