using System.Text.Json.Nodes;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Checkpoints;

/// <summary>What published folders hold instead of readable weights, or next to them: each is named for what it is.</summary>
public sealed class UnusableWeightsTests
{
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("pytorch_model.bin.index.json")]
    [InlineData("config.json")]
    [InlineData("spiece.model")]
    [InlineData("tokenizer.json")]
    public void Folder_with_a_Git_LFS_pointer_is_refused_by_that_name(string file)
    {
        using ModelFolder folder = ModelFolder.Whole();
        if (file != ModelFolder.Safetensors)
        {
            File.Delete(folder[ModelFolder.Safetensors]);
        }

        File.WriteAllText(folder[file], ModelFolder.Pointer);

        InputException e = file is "spiece.model" or "tokenizer.json"
            ? Assert.Throws<InputException>(() => HuggingFaceFolder.LoadTokenizer(folder.Path))
            : Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path).Dispose());

        Assert.Equal(
            $"{folder[file]} is a Git LFS pointer, not the file itself; run git lfs pull in {folder.Path} if it is a Git clone, "
                + $"or download the file again.",
            e.Message);
    }

    [Fact]
    public void Load_next_to_a_preferred_pointer_reads_the_other_with_a_remark()
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.Copy(ModelFolder.PyTorch);
        File.WriteAllText(folder[ModelFolder.Safetensors], ModelFolder.Pointer);
        List<string> remarks = [];

        HuggingFaceFolder.Load(folder.Path, remark: remarks.Add).Dispose();

        Assert.Equal([$"{folder[ModelFolder.Safetensors]} is a Git LFS pointer, so the weights are read from pytorch_model.bin."], remarks);
    }

    [Fact]
    public void Load_next_to_a_pointer_that_is_not_preferred_has_no_remark()
    {
        using ModelFolder folder = ModelFolder.Whole();
        File.WriteAllText(folder[ModelFolder.PyTorch], ModelFolder.Pointer);
        List<string> remarks = [];

        HuggingFaceFolder.Load(folder.Path, remark: remarks.Add).Dispose();

        Assert.Empty(remarks);
    }

    [Fact]
    public void Load_link_to_nothing_is_named()
    {
        using ModelFolder folder = ModelFolder.Whole();
        File.Delete(folder[ModelFolder.Safetensors]);
        File.CreateSymbolicLink(folder[ModelFolder.Safetensors], "../../blobs/4d7a");

        Assert.Contains("is a link to ../../blobs/4d7a, which does not exist", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_web_page_is_named()
    {
        using ModelFolder folder = ModelFolder.Whole();
        File.WriteAllText(folder[ModelFolder.Safetensors], "\n<!DOCTYPE html><html><title>Sign in</title>");

        Assert.Contains("is a web page", folder.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tf_model.h5", "weights of TensorFlow")]
    [InlineData("flax_model.msgpack", "weights of Flax")]
    [InlineData("model-q4_0.gguf", "weights for llama.cpp")]
    [InlineData("encoder_model.onnx", "an ONNX graph")]
    [InlineData("rust_model.ot", "weights for Rust")]
    [InlineData("epoch=3.ckpt", "a checkpoint")]
    [InlineData("model.ckpt-1000000.index", "a checkpoint")]
    [InlineData("student.pt", "a PyTorch checkpoint")]
    [InlineData("adapter_model.safetensors", "a LoRA adapter")]
    [InlineData("adapter_config.json", "a LoRA adapter")]
    [InlineData("flan.safetensors", "rename the file to model.safetensors")]
    [InlineData("model-00001-of-00002.safetensors", "put the model.safetensors.index.json")]
    [InlineData("model.safetensors.incomplete", "an unfinished download")]
    public void Folder_with_other_weights_is_refused_by_their_kind_and_is_not_one_without_weights(string file, string kind)
    {
        using ModelFolder folder = ModelFolder.Whole();
        File.Delete(folder[ModelFolder.Safetensors]);
        File.WriteAllBytes(folder[file], [1, 2, 3]);

        Assert.Contains(kind, folder.Refusal(), StringComparison.Ordinal);
        Assert.Contains(folder[file], folder.Refusal(), StringComparison.Ordinal);
        Assert.Equal(folder.Refusal(), HuggingFaceFolder.Inspect(folder.Path).Problem);
    }

    [Fact]
    public void Folder_with_only_a_trainers_leftovers_has_no_weights()
    {
        using ModelFolder folder = ModelFolder.Whole();
        File.Delete(folder[ModelFolder.Safetensors]);
        foreach (string file in (string[])["training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth"])
        {
            File.WriteAllBytes(folder[file], [1]);
        }

        FolderContent content = HuggingFaceFolder.Inspect(folder.Path);

        Assert.Equal((null, null), (content.WeightsFile, content.Problem));
        Assert.Contains("holds no weights, only a config", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_of_an_adapter_without_config_is_named()
    {
        using ModelFolder folder = ModelFolder.Whole();
        File.Delete(folder[ModelFolder.Config]);
        File.Delete(folder[ModelFolder.Safetensors]);
        File.WriteAllText(folder["adapter_config.json"], "{}");

        Assert.Contains("a LoRA adapter, which needs the model that it was trained on", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_integer_weights_are_reported_as_quantised()
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights =>
            weights["decoder.block.0.layer.2.DenseReluDense.wo.weight"] =
                weights["decoder.block.0.layer.2.DenseReluDense.wo.weight"].to(ScalarType.Int8));

        Assert.Contains("as integers, so its weights are quantised", folder.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.lora_A.weight", "holds a LoRA adapter")]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.qweight", "quantised by GPTQ or AWQ")]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.SCB", "quantised by bitsandbytes")]
    [InlineData("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight", "is of a UMT5")]
    [InlineData("encoder.block.1.layer.1.mlp.experts.expert_0.wi.weight", "is of a Switch Transformer")]
    [InlineData("encoder.block.0.layer.0.LocalSelfAttention.q.weight", "is of a LongT5")]
    [InlineData("qa_outputs.weight", "to classify or extract answers")]
    [InlineData("classification_head.dense.weight", "to classify or extract answers")]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.bias", "unexpected encoder.block.0.layer.0.SelfAttention.q.bias")]
    [InlineData("lm_head.bias", "unexpected lm_head.bias")]
    public void Load_weights_of_another_network_are_refused_by_its_kind(string extra, string kind)
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights => weights[extra] = ones(4, 4));

        Assert.Contains(kind, folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_encoder_only_is_named()
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(
            weights => weights.Keys.Where(name => name.StartsWith("decoder.", StringComparison.Ordinal)).ToList()
                .ForEach(name => weights.Remove(name)));

        Assert.Contains("holds only an encoder (T5EncoderModel), which generates no text", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_weights_of_no_T5_at_all_are_named()
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights =>
        {
            weights.Clear();
            weights["bert.embeddings.word_embeddings.weight"] = ones(4, 4);
        });

        Assert.Contains(
            "holds no T5: its weights have names such as bert.embeddings.word_embeddings.weight", folder.Refusal(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("model.")]
    public void Load_names_with_a_wrappers_prefix_are_read(string prefix)
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights =>
        {
            foreach ((string name, Tensor weight) in weights.ToList())
            {
                weights.Remove(name);
                weights[prefix + name] = weight;
            }
        });

        using T5 model = HuggingFaceFolder.Load(folder.Path);

        Assert.True(model.get_parameter("shared.weight")!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Load_unrelated_weights_are_ignored_and_named()
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights => weights["prompt_embeddings.weight"] = ones(4, 4));
        List<string> remarks = [];

        HuggingFaceFolder.Load(folder.Path, remark: remarks.Add).Dispose();

        Assert.Equal(
            [$"{folder[ModelFolder.Safetensors]} holds weights that T5 does not have; they are ignored: prompt_embeddings.weight."],
            remarks);
    }

    [Fact]
    public void Load_weight_in_two_shards_is_read_from_the_one_that_the_index_names()
    {
        using var folder = new ModelFolder();
        folder.EditWeights(weights => weights["shared.weight"] = zeros_like(weights["shared.weight"]), "a.safetensors");
        folder.EditWeights(_ => { }, "b.safetensors");
        using var names = new SafetensorsFile(folder["a.safetensors"]);
        var map = new JsonObject();
        foreach (string name in names.Weights.Keys)
        {
            map[name] = "b.safetensors";
        }

        File.WriteAllText(
            folder["model.safetensors.index.json"],
            "\uFEFF" + new JsonObject { ["weight_map"] = map }.ToJsonString()[..^1] + ",\"metadata\":{\"total_size\":Infinity}}");

        using T5 model = HuggingFaceFolder.Load(folder.Path);

        Assert.True(model.get_parameter("shared.weight")!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Open_metadata_other_than_text_is_kept_as_written()
    {
        using var folder = new ModelFolder();
        folder.WriteSafetensors("""{"__metadata__":{"step":7,"loss":NaN,"args":{"lr":[1e-4]},"none":null,"format":"pt"}}""", 0);
        using var file = new SafetensorsFile(folder[ModelFolder.Safetensors]);

        Assert.Equal(["7", "NaN", """{"lr":[1e-4]}""", "null", "pt"], file.Metadata.Values);
    }
}
