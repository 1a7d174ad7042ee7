using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Jobs;

/// <summary>What the Launch page hears of the models in the home.</summary>
public sealed class LaunchAdvisorTests : IDisposable
{
    private readonly TempFolder _home = new();
    private readonly ModelFolder _reference = new();

    public void Dispose()
    {
        _home.Dispose();
        _reference.Dispose();
    }

    [Fact]
    public async Task Choices_tell_weights_that_cannot_be_used_from_none()
    {
        Put("bare");
        Put("pointer", ("model.safetensors", System.Text.Encoding.ASCII.GetBytes(ModelFolder.Pointer)));
        Put("keras", ("tf_model.h5", [1]));
        Put("whole", ("model.safetensors", File.ReadAllBytes(Path.Combine(_reference.Reference, ModelFolder.Safetensors))));
        Put("link");
        File.CreateSymbolicLink(_home["models/link/model.safetensors"], "../blobs/4d7a");
        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        var models = studio.Services.GetRequiredService<ILaunchFacts>().Choices().Models.ToDictionary(model => model.Name);

        Assert.Equal((false, null), (models["bare"].HasWeights, models["bare"].Problem));
        Assert.Equal((true, null), (models["whole"].HasWeights, models["whole"].Problem));
        Assert.True(models["pointer"].HasWeights);
        Assert.Contains("is a Git LFS pointer", models["pointer"].Problem, StringComparison.Ordinal);
        Assert.Contains("is a link to", models["link"].Problem, StringComparison.Ordinal);
        Assert.Contains("weights of TensorFlow", models["keras"].Problem, StringComparison.Ordinal);
        Assert.All(models.Values, model => Assert.NotNull(model.Parameters));
    }

    [Fact]
    public async Task Choices_count_the_rows_that_are_there_and_name_what_is_overlooked()
    {
        const string Row = """{"input":"i","label":"( 1.0 + 2.0 )"}""";
        _home.Write("datasets/svamp/svamp_train.json", $"[{Row}, {Row}]");
        _home.Write("datasets/svamp/dev.json", Row);
        _home.Write("datasets/CQA/cqa_train.json", Row);
        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        var datasets = studio.Services.GetRequiredService<ILaunchFacts>().Choices().Datasets.ToDictionary(dataset => dataset.Name);

        Assert.Equal(["cqa", "demo", "svamp"], datasets.Keys.Order());
        Assert.Equal(2, datasets["svamp"].TrainRows);
        Assert.Equal("svamp/dev.json is not read: name it svamp_valid.json.", Assert.Single(datasets["svamp"].Notes));
        Assert.Null(datasets["cqa"].TrainRows);
        Assert.Equal("CQA is not read: name the folder cqa.", Assert.Single(datasets["cqa"].Notes));
    }

    [Fact]
    public async Task Choices_count_a_head_that_only_the_weights_show_and_see_a_file_that_changed()
    {
        using var own = new ModelFolder("t5-gated-gelu-untied");
        own.SaveAsTransformers5();
        byte[] config = File.ReadAllBytes(own[ModelFolder.Config]);
        Put("own", (ModelFolder.Config, config));
        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        ILaunchFacts facts = studio.Services.GetRequiredService<ILaunchFacts>();
        ModelChoice Own() => facts.Choices().Models.Single(model => model.Name == "own");
        long tied = Own().Parameters!.Value;

        Put(
            "own", (ModelFolder.Config, config),
            ("model.safetensors", File.ReadAllBytes(Path.Combine(own.Reference, ModelFolder.Safetensors))));

        Assert.Equal(tied + (384 * 48), Own().Parameters);
    }

    [Theory]
    [InlineData("pointer", ModelInit.Pretrained, "is a Git LFS pointer")]
    [InlineData("bare", ModelInit.Pretrained, "choose random initial weights under Advanced")]
    [InlineData("bare", ModelInit.Random, "spiece.model")]
    public async Task Examine_model_that_cannot_start_so_says_why(string name, ModelInit init, string says)
    {
        Put("bare");
        Put("pointer", ("model.safetensors", System.Text.Encoding.ASCII.GetBytes(ModelFolder.Pointer)));
        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        RunSpec spec = RunDefaults.Demo with { FromPretrained = _home[$"models/{name}"], Init = init };

        InputException e = await Assert.ThrowsAsync<InputException>(
            () => studio.Services.GetRequiredService<ILaunchFacts>().ExamineAsync(spec, TestContext.Current.CancellationToken));

        Assert.Contains(says, e.Message, StringComparison.Ordinal); // the last has no tokenizer, which comes after the weights
    }

    [Fact]
    public async Task Examine_rows_in_a_language_that_the_tokenizer_does_not_know_counts_them()
    {
        _home.Write("datasets/mine/dataset.json", """{"name":"mine","task":"text","created":"2026-01-01T00:00:00+00:00","sources":[],"mapping":{"task":"text","input":"{q}","label":"a"},"splitRule":{},"splits":{},"rejected":0}""");
        foreach (string split in (string[])["train", "valid", "test"])
        {
            _home.Write($"datasets/mine/mine_{split}.json", """
                {"input":"何個ありますか","label":"三"}
                {"input":"How many?","label":"3"}
                """);
        }

        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        LaunchFacts facts = await studio.Services.GetRequiredService<ILaunchFacts>().ExamineAsync(
            RunDefaults.Demo with { Dataset = "mine", Method = "standard" }, TestContext.Current.CancellationToken);

        Assert.Equal((1, 2), (facts.InputTokens!.Unknown, facts.InputTokens.Sampled));
        Assert.Equal((1, 2), (facts.LabelTokens!.Unknown, facts.LabelTokens.Sampled));
    }

    private void Put(string name, params (string File, byte[] Content)[] files)
    {
        _home.Write($"models/{name}/config.json", File.ReadAllBytes(_reference[ModelFolder.Config]));
        foreach ((string file, byte[] content) in files)
        {
            _home.Write($"models/{name}/{file}", content);
        }
    }
}
