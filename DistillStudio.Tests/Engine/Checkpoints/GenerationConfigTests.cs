using DistillStudio.Engine.Checkpoints;

namespace DistillStudio.Tests.Engine.Checkpoints;

public sealed class GenerationConfigTests : IDisposable
{
    private readonly ModelFolder _folder = ModelFolder.Whole();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"_from_model_config": true, "decoder_start_token_id": 0, "eos_token_id": [1], "pad_token_id": 0}""")]
    [InlineData("""{"num_beams": 1, "do_sample": false, "repetition_penalty": 1.0, "forced_eos_token_id": null}""")]
    public void Remarks_NothingUnusual_AreNone(string text)
    {
        File.WriteAllText(_folder[GenerationConfig.FileName], text);
        Assert.Empty(HuggingFaceFolder.Inspect(_folder.Path).Remarks);
    }

    [Theory]
    [InlineData("""{"num_beams": 4, "do_sample": true}""", "num_beams to 4, do_sample to true")]
    [InlineData("""{"eos_token_id": [1, 2]}""", "eos_token_id to [1, 2]")]
    [InlineData("""{"decoder_start_token_id": 5}""", "decoder_start_token_id to 5")]
    [InlineData("""{"forced_bos_token_id": 5, "suppress_tokens": [1]}""", "forced_bos_token_id to 5, suppress_tokens to [1]")]
    [InlineData("[]", "instead of an object of settings")]
    [InlineData("{{", "not valid JSON")]
    public void Remarks_SettingsThatAreNotApplied_NameThem(string text, string what)
    {
        File.WriteAllText(_folder[GenerationConfig.FileName], text);
        string remark = Assert.Single(HuggingFaceFolder.Inspect(_folder.Path).Remarks);
        Assert.StartsWith(_folder[GenerationConfig.FileName], remark, StringComparison.Ordinal);
        Assert.Contains(what, remark, StringComparison.Ordinal);
    }

    [Fact]
    public void Remarks_OldConfigWithSettingsOfGeneration_NameThem()
    {
        _folder.EditConfig(config => config["min_length"] = 5);
        Assert.Contains(
            "config.json sets min_length to 5", Assert.Single(HuggingFaceFolder.Inspect(_folder.Path).Remarks), StringComparison.Ordinal);
    }
}
