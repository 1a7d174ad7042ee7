using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Commands;

public sealed class PredictCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public PredictCommandTests()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new T5(SmallT5.Config with { VocabSize = 2100 });
        model.InitializeWeights(5);
        HuggingFaceFolder.Export(_folder.Path, model, FixtureFolder.Find("tokenizer", "mini.spiece.model"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_InputLongerThanTheModelReads_SaysSoBesideTheAnswer()
    {
        CommandResult whole = await PredictAsync("three apples and four more", "--max_input_length", "100");
        CommandResult cut = await PredictAsync("three apples and four more", "--max_input_length", "3");

        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        Assert.Equal(0, cut.ExitCode);
        Assert.Matches(
            @"^The input has \d+ tokens, but the model reads the first 3 and the rest is cut off; shorten it, or give a larger "
                + @"--max_input_length\.$",
            Assert.Single(cut.Problems));
    }

    [Fact]
    public async Task Predict_ReplacementCharacterAsFlag_IsRefused()
    {
        CommandResult result = await PredictAsync("caf\uFFFD");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--input is not valid UTF-8", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_StandardInputWithoutEnd_IsRefused()
    {
        CommandResult result = await InProcess.RunAsync(
            ["predict", "--model", _folder.Path, "--input", "-"], new string('a', 10_000_001));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal("Standard input has more than 10,000,000 characters; write one input to it.", Assert.Single(result.Problems));
    }

    private Task<CommandResult> PredictAsync(string input, params string[] flags) =>
        InProcess.RunAsync(["predict", "--model", _folder.Path, "--input", input, "--threads", "1", "--device", "cpu", .. flags]);
}
