using System.Text.Json.Nodes;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Commands;

/// <summary>Models as others save them, from the command line: the same answer, or a sentence, and never an answer of other
/// weights.</summary>
public sealed class PublishedModelTests : IDisposable
{
    private const string Question = "Tom has 3 apples and buys 4 more.";

    private readonly SmallWorld _world = new();

    public PublishedModelTests()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new T5(
            SmallT5.Config with { VocabSize = 2100, FeedForwardProj = "gated-gelu", TieWordEmbeddings = false, InitializerFactor = 2 });
        model.InitializeWeights(5);
        HuggingFaceFolder.Export(Base, model, FixtureFolder.Find("tokenizer", "mini.spiece.model"));
    }

    private string Base => Path.Combine(_world.Root, "base");

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Predict_model_saved_by_transformers_5_answers_as_before()
    {
        string saved = Copy("saved", config =>
        {
            (config["tie_word_embeddings"], config["scale_decoder_outputs"], config["transformers_version"]) = (true, false, "5.3.0");
        });

        CommandResult expected = await PredictAsync(Base);
        CommandResult actual = await PredictAsync(saved);

        Assert.Equal((0, ""), (expected.ExitCode, expected.Error));
        Assert.NotEqual("", expected.Out.Trim());
        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Predict_own_head_though_the_config_ties_it_says_so_beside_the_answer()
    {
        string odd = Copy("odd", config =>
        {
            config["tie_word_embeddings"] = true;
            config.Remove("scale_decoder_outputs");
        });

        CommandResult result = await PredictAsync(odd);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("holds a lm_head.weight that differs from the embedding", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_refuses_weights_that_are_not_finite()
    {
        string spoilt = Copy("spoilt", _ => { });
        Spoil(spoilt);

        string[][] commands =
        [
            ["predict", "--input", Question, "--model", spoilt, "--device", "cpu"],
            ["evaluate", "--model", spoilt, "--dataset", "svamp", "--data-dir", _world.Data, "--device", "cpu"],
            _world.Train("--from_pretrained", spoilt, "--init", "pretrained"),
        ];
        foreach (string[] command in commands)
        {
            CommandResult result = await InProcess.RunAsync(command);

            Assert.Equal(2, result.ExitCode);
            Assert.Contains(
                "model.safetensors: the weights contain inf or NaN: 1 of ", Assert.Single(result.Problems), StringComparison.Ordinal);
        }

        Assert.Empty(_world.RunFolders());
    }

    [Fact]
    public async Task Train_from_a_Git_LFS_pointer_is_refused_and_not_begun_at_random()
    {
        string pointer = Copy("pointer", _ => { });
        File.WriteAllText(Path.Combine(pointer, "model.safetensors"), ModelFolder.Pointer);

        CommandResult result = await InProcess.RunAsync(_world.Train("--from_pretrained", pointer, "--init", "pretrained"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("model.safetensors is a Git LFS pointer", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Empty(_world.RunFolders());
    }

    [Fact]
    public async Task Train_from_random_weights_beside_others_says_that_those_are_not_used()
    {
        CommandResult result = await InProcess.RunAsync(_world.Train("--from_pretrained", Base));

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            "The run starts from random weights, as its settings require; those in model.safetensors are not used.", result.Out,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train", "--from_pretrained", "--dataset", "demo")]
    [InlineData("bench", "--model", "--dataset", "demo")]
    [InlineData("predict", "--model", "--input", "x")]
    public async Task Name_of_the_Hub_is_told_how_to_get_it(string command, string flag, string second, string value)
    {
        CommandResult result = await InProcess.RunAsync([command, flag, "google/no-such-t5", second, value, "--home", _world.Home]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("`models get google/no-such-t5`", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_of_the_Hub_in_the_homes_models_is_found()
    {
        Directory.CreateDirectory(Path.Combine(_world.Home, "models", "google"));
        Directory.Move(Base, Path.Combine(_world.Home, "models", "google", "some-t5"));

        CommandResult result = await PredictAsync("google/some-t5");

        Assert.Equal(0, result.ExitCode);
    }

    private Task<CommandResult> PredictAsync(string model) =>
        InProcess.RunAsync(
            ["predict", "--gen_max_len", "24", "--input", Question, "--model", model, "--home", _world.Home, "--device", "cpu"]);

    private string Copy(string name, Action<JsonObject> editConfig)
    {
        string copy = Path.Combine(_world.Root, name);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Base))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string path = Path.Combine(copy, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        editConfig(config);
        File.WriteAllText(path, config.ToJsonString());
        return copy;
    }

    private static void Spoil(string folder)
    {
        using DisposeScope scope = NewDisposeScope();
        string path = Path.Combine(folder, "model.safetensors");
        (string, Tensor)[] weights;
        using (var file = new SafetensorsFile(path))
        {
            weights = [.. file.Weights.Keys.Select(name => (name, file.Read(name)))];
        }

        weights.First(weight => weight.Item1 == "decoder.final_layer_norm.weight").Item2[0] = float.PositiveInfinity;
        SafetensorsWriter.Write(path, weights, new Dictionary<string, string>());
    }
}
