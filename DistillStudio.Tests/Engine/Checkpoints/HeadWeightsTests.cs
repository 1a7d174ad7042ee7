using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Checkpoints;

/// <summary>Whether the LM head is the embedding, and what scales its input: config and weights decide together, as transformers 4 and 5
/// write them.</summary>
public sealed class HeadWeightsTests
{
    private const string Tied = "t5-relu-tied";
    private const string Untied = "t5-gated-gelu-untied";
    private const string Embedding = "shared.weight";
    private const string Head = "lm_head.weight";

    private static string Tokenizer => FixtureFolder.Find("tokenizer", "mini.spiece.model");

    [Fact]
    public void Load_own_head_saved_by_transformers_5_computes_what_it_did()
    {
        using var folder = new ModelFolder(Untied);
        folder.Copy(ModelFolder.Safetensors);
        folder.SaveAsTransformers5();

        List<string> remarks = [];
        using T5 model = HuggingFaceFolder.Load(folder.Path, remark: remarks.Add);

        Assert.Equal((false, false), (model.Config.TieWordEmbeddings, model.Config.ScaleDecoderOutputs));
        AssertReference(Untied, model);
        Assert.Empty(remarks);
    }

    [Fact]
    public void Load_own_head_despite_tie_is_used_scaled_and_named()
    {
        using var folder = new ModelFolder(Untied);
        folder.Copy(ModelFolder.Safetensors);
        folder.EditConfig(c => c["tie_word_embeddings"] = true);

        List<string> remarks = [];
        using T5 model = HuggingFaceFolder.Load(folder.Path, remark: remarks.Add);

        Assert.Equal((false, true), (model.Config.TieWordEmbeddings, model.Config.ScaleDecoderOutputs));
        Assert.Contains("holds a lm_head.weight that differs from the embedding", Assert.Single(remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, null, true, true)]
    [InlineData(true, false, true, false)]
    [InlineData(true, true, true, true)]
    [InlineData(false, null, false, false)]
    [InlineData(false, false, true, false)]
    [InlineData(null, null, true, true)]
    public void Load_head_that_equals_the_embedding(bool? tie, bool? scale, bool isTied, bool isScaled)
    {
        using var folder = new ModelFolder(Tied);
        folder.EditWeights(weights => weights[Head] = weights[Embedding].clone());
        Say(folder, tie, scale);

        using T5 model = HuggingFaceFolder.Load(folder.Path);

        Assert.Equal((isTied, isScaled), (model.Config.TieWordEmbeddings, model.Config.ScaleDecoderOutputs));
        Assert.Equal(model.Config.ParameterCount, model.ParameterCount);
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, false, false)]
    [InlineData(false, null, false)]
    [InlineData(null, null, true)]
    public void Load_without_head_takes_the_embedding(bool? tie, bool? scale, bool isScaled)
    {
        using var folder = new ModelFolder(Tied);
        folder.Copy(ModelFolder.Safetensors);
        Say(folder, tie, scale);
        List<string> remarks = [];

        using T5 model = HuggingFaceFolder.Load(folder.Path, remark: remarks.Add);

        Assert.Equal((true, isScaled), (model.Config.TieWordEmbeddings, model.Config.ScaleDecoderOutputs));
        Assert.Equal(tie == false, remarks.Exists(remark => remark.Contains("holds no lm_head.weight", StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_head_that_differs_only_in_its_last_number_is_separate()
    {
        using var folder = new ModelFolder(Tied);
        folder.EditConfig(c => (c["vocab_size"], c["scale_decoder_outputs"]) = (3000, false));
        folder.EditWeights(weights =>
        {
            weights[Embedding] = ones(3000, 48); // longer than what is compared first
            weights[Head] = ones(3000, 48);
            weights[Head][2999, 47] = 2;
        });

        using T5 model = HuggingFaceFolder.Load(folder.Path);

        Assert.False(model.Config.TieWordEmbeddings);
    }

    [Fact]
    public void Load_copies_of_the_embedding_that_differ_are_refused()
    {
        using var folder = new ModelFolder(Tied);
        folder.EditWeights(weights => weights["decoder.embed_tokens.weight"] = weights[Embedding] + 1);

        InputException e = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path));

        Assert.Contains("decoder.embed_tokens.weight that differs from shared.weight", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_embedding_under_the_decoders_name_with_own_head_is_taken()
    {
        using var folder = new ModelFolder(Untied);
        folder.EditWeights(weights =>
        {
            weights["decoder.embed_tokens.weight"] = weights[Embedding];
            weights.Remove(Embedding);
        });

        using T5 model = HuggingFaceFolder.Load(folder.Path);

        AssertReference(Untied, model);
    }

    [Theory]
    [InlineData("mt5", true, "4.40.0", true)]
    [InlineData("mt5", true, "5.3.0", false)]
    [InlineData("mt5", null, "4.40.0", false)]
    [InlineData("mt5", false, null, false)]
    [InlineData("t5", true, "5.3.0", true)]
    public void ReadConfig_mT5_is_scaled_only_where_its_transformers_scales(string type, bool? tie, string? version, bool isScaled)
    {
        using var folder = new ModelFolder(Tied);
        Say(folder, tie, null);
        folder.EditConfig(c => (c["model_type"], c["transformers_version"]) = (type, version));

        Assert.Equal(isScaled, HuggingFaceFolder.ReadConfig(folder.Path).ScaleDecoderOutputs);
    }

    [Theory]
    [InlineData("t5", true, true)]
    [InlineData("t5", true, false)]
    [InlineData("t5", false, false)]
    [InlineData("t5", false, true)]
    [InlineData("mt5", true, true)]
    [InlineData("mt5", true, false)]
    [InlineData("mt5", false, false)]
    public void Export_of_every_kind_of_head_computes_the_same_again(string type, bool tied, bool scaled)
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new ModelFolder(Tied);
        using var model = new T5(SmallT5.Config with { ModelType = type, TieWordEmbeddings = tied, ScaleDecoderOutputs = scaled });
        model.InitializeWeights(3);
        model.eval();

        HuggingFaceFolder.Export(folder["out"], model, Tokenizer);
        using T5 again = HuggingFaceFolder.Load(folder["out"]);
        again.eval();

        using var written = new SafetensorsFile(folder["out/model.safetensors"]);
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder["out/config.json"]));
        bool says = config.RootElement.GetProperty("tie_word_embeddings").GetBoolean();
        // version 4 scales by the first, version 5 by the second
        Assert.Equal(says, config.RootElement.GetProperty("scale_decoder_outputs").GetBoolean());
        Assert.Equal(says, !written.Weights.ContainsKey(Head)); // version 4 would initialize one randomly
        Assert.False(says && config.RootElement.GetProperty("model_type").GetString() == "mt5"); // version 5 scales none
        Assert.Equal(tied, again.Config.TieWordEmbeddings);
        Tensor hidden = randn(3, model.Config.DModel);
        Assert.True(ReferenceT5.Difference(model.Logits(hidden), again.Logits(hidden)) < 1e-6);
    }

    private static void Say(ModelFolder folder, bool? tie, bool? scale) => folder.EditConfig(c =>
    {
        c["tie_word_embeddings"] = tie;
        c["scale_decoder_outputs"] = scale;
    });

    private static void AssertReference(string name, T5 model)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var reference = new ReferenceT5(name);
        (Tensor ids, Tensor mask, Tensor labels) = reference.Batch("pred");
        model.eval();
        Assert.True(ReferenceT5.Difference(reference["pred.loss"], model.TokenLosses(ids, mask, labels).mean().view(1)) < 1e-5);
    }
}
