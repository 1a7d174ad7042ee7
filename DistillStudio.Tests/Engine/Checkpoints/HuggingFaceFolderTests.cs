using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace DistillStudio.Tests.Engine.Checkpoints;

public sealed class HuggingFaceFolderTests
{
    private static string Tokenizer => FixtureFolder.Find("tokenizer", "mini.spiece.model");

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void Load_FromBothFileFormats_GivesTheSameWeights(string name)
    {
        using var safetensors = new ModelFolder(name);
        using var pyTorch = new ModelFolder(name);
        safetensors.Copy(ModelFolder.Safetensors);
        pyTorch.Copy(ModelFolder.PyTorch);

        using T5 first = HuggingFaceFolder.Load(safetensors.Path);
        using T5 second = HuggingFaceFolder.Load(pyTorch.Path);

        AssertSame(first, second);
        Assert.True(first.get_parameter("shared.weight")!.abs().sum().item<float>() > 0);
    }

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void Export_ThenLoad_GivesTheSameModel(string name)
    {
        using var folder = new ModelFolder(name);
        using var target = new ModelFolder(name);
        folder.Copy(ModelFolder.Safetensors);
        using T5 model = HuggingFaceFolder.Load(folder.Path);
        string exported = target["exported/model"];

        HuggingFaceFolder.Export(exported, model, Tokenizer);
        using T5 again = HuggingFaceFolder.Load(exported);

        AssertSame(model, again);
        Assert.Equal(model.Config, again.Config);
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "spiece.model", "tokenizer_config.json"],
            Directory.GetFileSystemEntries(exported).Select(Path.GetFileName).Order());
        Assert.Equal([exported], Directory.GetFileSystemEntries(target["exported"]));
        Assert.Equal(File.ReadAllBytes(Tokenizer), File.ReadAllBytes(Path.Combine(exported, "spiece.model")));
        using var weights = new SafetensorsFile(Path.Combine(exported, ModelFolder.Safetensors));
        Assert.Equal("pt", weights.Metadata["format"]);
    }

    [Fact]
    public void Export_OverAnEarlierExport_ReplacesIt()
    {
        using var folder = new ModelFolder();
        using var first = new T5(SmallT5.Config);
        using var second = new T5(SmallT5.Config);
        second.InitializeWeights(1);
        string exported = folder["out"];

        HuggingFaceFolder.Export(exported, first, Tokenizer);
        HuggingFaceFolder.Export(exported, second, exported);

        using T5 again = HuggingFaceFolder.Load(exported);
        AssertSame(second, again);
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(folder.Path), path => path.StartsWith(exported + ".", StringComparison.Ordinal));
    }

    [Fact]
    public void Export_IntoAFolderWithOtherFiles_RefusesAndLeavesThem()
    {
        using var folder = new ModelFolder();
        using var model = new T5(SmallT5.Config);
        File.WriteAllText(folder["thesis.tex"], "years of work");

        InputException e = Assert.Throws<InputException>(() => HuggingFaceFolder.Export(folder.Path, model, Tokenizer));

        Assert.Contains("thesis.tex", e.Message, StringComparison.Ordinal);
        Assert.Equal(["config.json", "thesis.tex"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Export_WithoutATokenizer_WritesNothing()
    {
        using var folder = new ModelFolder();
        using var model = new T5(SmallT5.Config);

        Assert.Throws<InputException>(() => HuggingFaceFolder.Export(folder["out"], model, folder.Path));

        Assert.Equal(["config.json"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Export_WhoseLastRenameFails_LeavesNothingBehind()
    {
        using var folder = new ModelFolder();
        using var model = new T5(SmallT5.Config);
        File.WriteAllText(folder["file"], "in the way");

        Assert.ThrowsAny<Exception>(() => HuggingFaceFolder.Export(folder["file/out"], model, Tokenizer));

        Assert.Equal(["config.json", "file"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Load_FromSafetensorsShards_GivesTheSameWeights()
    {
        using var whole = new ModelFolder();
        using var sharded = new ModelFolder();
        whole.Copy(ModelFolder.Safetensors);
        using T5 model = HuggingFaceFolder.Load(whole.Path);
        (string name, torch.Tensor)[] weights = [.. model.named_parameters().Select(p => (p.name, (torch.Tensor)p.parameter))];
        var map = new JsonObject();
        foreach ((string file, IEnumerable<(string name, torch.Tensor)> part) in ((string, IEnumerable<(string, torch.Tensor)>)[])
            [("model-00001-of-00002.safetensors", weights.Take(20)), ("model-00002-of-00002.safetensors", weights.Skip(20))])
        {
            SafetensorsWriter.Write(sharded[file], [.. part], new Dictionary<string, string>());
            foreach ((string name, torch.Tensor _) in part)
            {
                map[name] = file;
            }
        }

        File.WriteAllText(
            sharded["model.safetensors.index.json"],
            new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());

        using T5 loaded = HuggingFaceFolder.Load(sharded.Path);
        AssertSame(model, loaded);
    }

    [Fact]
    public void Load_FromPyTorchShards_GivesTheSameWeights()
    {
        using var whole = new ModelFolder();
        using var sharded = new ModelFolder();
        whole.Copy(ModelFolder.Safetensors);
        sharded.Copy(ModelFolder.PyTorch, "a.bin");
        sharded.Copy(ModelFolder.PyTorch, "b.bin");
        using T5 model = HuggingFaceFolder.Load(whole.Path);
        var map = model.named_parameters().Select((p, i) => (p.name, File: i % 2 == 0 ? "a.bin" : "b.bin"))
            .ToDictionary(p => p.name, p => p.File);
        File.WriteAllText(sharded["pytorch_model.bin.index.json"], JsonSerializer.Serialize(new { weight_map = map }));

        using T5 loaded = HuggingFaceFolder.Load(sharded.Path);
        AssertSame(model, loaded);
    }

    [Fact]
    public void Load_OfATiedModelWithEveryKnownCopy_TakesIt()
    {
        using var folder = new ModelFolder();
        folder.Copy(ModelFolder.PyTorch);
        using var reader = new PyTorchFile(folder[ModelFolder.PyTorch]);

        Assert.Contains("encoder.embed_tokens.weight", reader.Weights.Keys);
        Assert.Contains("decoder.embed_tokens.weight", reader.Weights.Keys);
        Assert.Contains("lm_head.weight", reader.Weights.Keys);
        using T5 model = HuggingFaceFolder.Load(folder.Path);
        Assert.True(model.Config.TieWordEmbeddings);
    }

    [Fact]
    public void Describe_OfAFolderWithoutWeights_GivesShapeAndTokenizer()
    {
        using var folder = new ModelFolder();
        File.Copy(Tokenizer, folder["spiece.model"]);

        ModelInfo info = HuggingFaceFolder.Describe(folder.Path);

        Assert.Equal((2100, null, true), (info.TokenizerSize, info.WeightsFile, info.IsTied));
        Assert.Equal(info.Config.ParameterCount, info.Parameters);
    }

    private static void AssertSame(T5 expected, T5 actual)
    {
        Dictionary<string, Parameter> found = actual.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(found.Count, expected.named_parameters().Count());
        Assert.All(expected.named_parameters(), p => Assert.True(p.parameter.equal(found[p.name]).all().item<bool>(), p.name));
    }
}
