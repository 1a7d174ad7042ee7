using System.IO.Compression;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Checkpoints;

/// <summary>Every fault of a folder ends in a sentence that names the file and the fault.</summary>
public sealed class BadModelFolderTests
{
    private const string Os = "cos\nsystem\n";

    private static readonly Dictionary<string, byte[]> OneStorage = new() { ["0"] = new byte[32] };

    private static readonly Dictionary<string, (Action<ModelFolder> Spoil, string File, string Says)> Cases = new()
    {
        ["no config"] = (f => File.Delete(f[ModelFolder.Config]), ModelFolder.Config, "cannot be read"),
        ["config is no JSON"] = (
            f => File.WriteAllText(f[ModelFolder.Config], "{\n\"d_model\": }"), ModelFolder.Config, "line 2: not valid JSON"),
        ["config is not UTF-8"] =
            (
                f => File.WriteAllBytes(f[ModelFolder.Config], [.. "{\"model_type\": \""u8, 0xff, .. "\"}"u8]), ModelFolder.Config,
                "not valid UTF-8"),
        ["config is huge"] = (
            f => File.WriteAllText(f[ModelFolder.Config], new string(' ', 2 << 20)), ModelFolder.Config, "has 2097152 bytes"),
        ["config is a list"] = (f => File.WriteAllText(f[ModelFolder.Config], "[]"), ModelFolder.Config, "object of settings"),
        ["config lacks a field"] = (f => f.EditConfig(c => c.Remove("d_model")), ModelFolder.Config, "d_model is missing"),
        ["config has an absurd size"] = (
            f => f.EditConfig(c => c["vocab_size"] = 2_000_000_000), ModelFolder.Config, "vocab_size is 2000000000"),
        ["config has a negative size"] = (f => f.EditConfig(c => c["d_ff"] = -1), ModelFolder.Config, "d_ff is -1"),
        ["config has text for a number"] = (f => f.EditConfig(c => c["num_heads"] = "four"), ModelFolder.Config, "num_heads is \"four\""),
        ["config has too many weights"] = (
            f => f.EditConfig(c => (c["d_model"], c["d_ff"]) = (1 << 20, 1 << 20)), ModelFolder.Config, "more than any T5"),
        ["config has dropout 1"] = (f => f.EditConfig(c => c["dropout_rate"] = 1), ModelFolder.Config, "dropout_rate is 1"),
        ["config has an unknown activation"] = (
            f => f.EditConfig(c => c["feed_forward_proj"] = "gated-mish"), ModelFolder.Config, "feed_forward_proj"),
        ["config is another model's"] = (f => f.EditConfig(c => c["model_type"] = "bert"), ModelFolder.Config, "model_type is \"bert\""),
        ["no weights"] = (_ => { }, "", "holds no weights"),
        ["safetensors is empty"] = (f => File.WriteAllBytes(f[ModelFolder.Safetensors], []), ModelFolder.Safetensors, "too short"),
        ["safetensors header is too long"] = (
            f => f.WriteSafetensors("{}", 0, ulong.MaxValue), ModelFolder.Safetensors, "header of 18446744073709551615 bytes"),
        ["safetensors header passes the end"] = (f => f.WriteSafetensors("{}", 0, 1000), ModelFolder.Safetensors, "ends after 10"),
        ["safetensors header is no JSON"] = (f => f.WriteSafetensors("{x", 0), ModelFolder.Safetensors, "not valid JSON"),
        ["safetensors header is too deep"] = (f => f.WriteSafetensors(new string('[', 5000), 0), ModelFolder.Safetensors, "not valid JSON"),
        ["safetensors offsets overlap"] = (
            f => f.WriteSafetensors(Tensors(("a", "[2]", 0, 8), ("b", "[2]", 4, 12)), 12), ModelFolder.Safetensors, "overlaps"),
        ["safetensors offsets leave a gap"] = (
            f => f.WriteSafetensors(Tensors(("a", "[2]", 0, 8), ("b", "[2]", 12, 20)), 20), ModelFolder.Safetensors, "leaves a gap"),
        ["safetensors offsets pass the end"] = (
            f => f.WriteSafetensors(Tensors(("a", "[2]", 0, 8)), 4), ModelFolder.Safetensors, "holds 4 bytes"),
        ["safetensors offsets run backwards"] = (
            f => f.WriteSafetensors(Tensors(("a", "[2]", 8, 0)), 8), ModelFolder.Safetensors, "not its size"),
        ["safetensors bytes are not the shape's"] = (
            f => f.WriteSafetensors(Tensors(("a", "[3]", 0, 8)), 8), ModelFolder.Safetensors, "not its size"),
        ["safetensors shape overflows"] = (
            f => f.WriteSafetensors(Tensors(("a", "[4294967296, 4294967296]", 0, 0)), 0), ModelFolder.Safetensors, "impossible shape"),
        ["safetensors size is negative"] = (
            f => f.WriteSafetensors(Tensors(("a", "[-1, -2]", 0, 8)), 8), ModelFolder.Safetensors, "impossible shape"),
        ["safetensors format is unknown"] =
            (
                f => f.WriteSafetensors(Tensors(("a", "[2]", 0, 8)).Replace("F32", "F8_E4M3", StringComparison.Ordinal), 8),
                ModelFolder.Safetensors, "F8_E4M3"),
        ["safetensors names a tensor twice"] = (
            f => f.WriteSafetensors(Tensors(("a", "[2]", 0, 8), ("a", "[2]", 8, 16)), 16), ModelFolder.Safetensors, "twice"),
        ["a weight has another shape"] = (SpoilShape, ModelFolder.Safetensors, "shared.weight is [384, 48] and should be [400, 48]"),
        ["a weight is missing"] = (SpoilLayers(3), ModelFolder.Safetensors, "missing encoder.block.2.layer.0.SelfAttention.q.weight"),
        ["a weight is unexpected"] = (SpoilLayers(1), ModelFolder.Safetensors, "unexpected encoder.block.1.layer.0.SelfAttention.k.weight"),
        ["PyTorch file is cut off"] = (SpoilZip, ModelFolder.PyTorch, "not a complete zip"),
        ["PyTorch file is an old pickle"] = (
            f => File.WriteAllBytes(f[ModelFolder.PyTorch], [0x80, 2, (byte)'.']), ModelFolder.PyTorch, "not a complete zip"),
        ["PyTorch file is compressed"] = (
            f => f.WritePyTorch(new byte[5000], OneStorage, CompressionLevel.Optimal), ModelFolder.PyTorch, "compressed entry"),
        ["pickle calls something"] = (WritePickle($"{Os}(X\u0004\0\0\0echotR."), ModelFolder.PyTorch, "calls os.system"),
        ["pickle calls something by a built name"] =
            (
                WritePickle("\u008c\u0008builtins\u008c\u0004eval\u0093(X\u0001\0\0\0" + "1tR."), ModelFolder.PyTorch,
                "calls builtins.eval"),
        ["pickle makes an instance"] = (WritePickle($"(X\u0002\0\0\0lsios\nsystem\n."), ModelFolder.PyTorch, "operation 0x69"),
        ["pickle makes an object"] = (WritePickle($"{Os})\u0081."), ModelFolder.PyTorch, "operation 0x81"),
        ["pickle sets an object's state"] = (WritePickle($"{Os}}}b."), ModelFolder.PyTorch, "sets the state"),
        ["pickle holds a function"] = (WritePickle($"}}X\u0001\0\0\0a{Os}s."), ModelFolder.PyTorch, "not a named tensor"),
        ["pickle is cut off"] = (WritePickle("}X\u0005\0\0\0abc"), ModelFolder.PyTorch, "ends before it is complete"),
        ["pickle takes from nothing"] = (WritePickle("R."), ModelFolder.PyTorch, "empty stack"),
        ["pickle closes what is not open"] = (WritePickle("t."), ModelFolder.PyTorch, "never opened"),
        ["pickle recalls what is not there"] = (WritePickle("h\u0005."), ModelFolder.PyTorch, "never stored"),
        ["pickle is a number"] = (WritePickle("K\u0005."), ModelFolder.PyTorch, "other than a dictionary"),
        ["tensor passes its storage"] = (WriteTensor(8, 4, [8], [1]), ModelFolder.PyTorch, "passes the end"),
        ["tensor repeats its storage"] = (WriteTensor(8, 0, [1 << 20, 1 << 10], [0, 0]), ModelFolder.PyTorch, "impossible shape"),
        ["tensor runs backwards"] = (WriteTensor(8, 7, [8], [-1]), ModelFolder.PyTorch, "impossible shape"),
        ["tensor starts before its storage"] = (WriteTensor(8, -4, [8], [1]), ModelFolder.PyTorch, "impossible shape"),
        ["storage is shorter than it claims"] = (WriteTensor(1 << 30, 0, [1 << 30], [1]), ModelFolder.PyTorch, "holds 32 bytes"),
        ["storage is missing"] =
            (
                f => f.WritePyTorch(PickleWriter.StateDict(("a", "7", 8, 0, [8], [1])), OneStorage), ModelFolder.PyTorch,
                "lacks the numbers of a"),
        ["index has an empty map"] = (WriteIndex("""{"weight_map": {}}"""), "model.safetensors.index.json", "holds no T5"),
        ["shard is empty"] = (f =>
        {
            WriteIndex("""{"weight_map": {"a": "a.safetensors"}}""")(f);
            File.WriteAllBytes(f["a.safetensors"], []);
        }, "a.safetensors", "too short"),
        ["shard is a Git LFS pointer"] = (f =>
        {
            WriteIndex("""{"weight_map": {"a": "a.safetensors"}}""")(f);
            File.WriteAllText(f["a.safetensors"], ModelFolder.Pointer);
        }, "a.safetensors", "is a Git LFS pointer"),
        ["index is no JSON"] = (WriteIndex("{"), "model.safetensors.index.json", "not valid JSON"),
        ["index has no map"] = (WriteIndex("{}"), "model.safetensors.index.json", "no weight_map"),
        ["index points elsewhere"] = (
            WriteIndex("""{"weight_map": {"a": "../a.safetensors"}}"""), "model.safetensors.index.json", "not a file next to it"),
        ["shard is missing"] = (WriteIndex("""{"weight_map": {"a": "a.safetensors"}}"""), "a.safetensors", "is missing"),
        ["shard lacks a weight"] = (SpoilShard, "a.safetensors", "lacks b"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_OfADamagedFolder_NamesTheFaultInOneSentence(string name)
    {
        (Action<ModelFolder> spoil, string file, string says) = Cases[name];
        using var folder = new ModelFolder();
        spoil(folder);

        InputException e = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path));

        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Contains(folder[file], e.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
        Assert.Single(e.Problems);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Load_OfAConfigWithSeveralFaults_NamesAllOfThem()
    {
        using var folder = new ModelFolder();
        folder.EditConfig(c =>
        {
            c.Remove("d_kv");
            c["num_layers"] = 0;
        });

        InputException e = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path));

        Assert.Equal(2, e.Problems.Count);
    }

    [Fact]
    public void LoadTokenizer_LargerThanTheModelsVocabulary_IsRefused()
    {
        using var folder = new ModelFolder();
        File.Copy(FixtureFolder.Find("tokenizer", "mini.spiece.model"), folder["spiece.model"]);
        int ids = T5Tokenizer.Load(folder.Path).VocabularySize;
        folder.EditConfig(c => c["vocab_size"] = ids - 1);

        InputException e = Assert.Throws<InputException>(() => HuggingFaceFolder.LoadTokenizer(folder.Path));
        folder.EditConfig(c => c["vocab_size"] = ids);

        Assert.Equal(
            $"{folder.Path}: the tokenizer has {ids} ids while vocab_size in config.json is {ids - 1}; "
                + $"put tokenizer and config of one model together, or give its number of <extra_id_…> as extra_ids in "
                + $"tokenizer_config.json.",
            e.Message);
        Assert.Equal(ids, HuggingFaceFolder.LoadTokenizer(folder.Path).VocabularySize);
    }

    [Fact]
    public void RequireExportable_UnderAFileOrInAnEmptyPlace_IsRefusedOrLeavesNothing()
    {
        using var folder = new ModelFolder();
        string[] before = Directory.GetFileSystemEntries(folder.Path);

        InputException e = Assert.Throws<InputException>(
            () => HuggingFaceFolder.RequireExportable(Path.Combine(folder[ModelFolder.Config], "model")));
        HuggingFaceFolder.RequireExportable(Path.Combine(folder.Path, "deep", "model"));

        Assert.Contains($"{folder[ModelFolder.Config]} cannot contain a folder", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path));
    }

    private static string Tensors(params (string Name, string Shape, int Start, int End)[] tensors) =>
        "{" + string.Join(
            ",",
            tensors.Select(t =>
                $$"""{{JsonValue.Create(t.Name).ToJsonString()}}:{"dtype":"F32","shape":{{t.Shape}},"data_offsets":[{{t.Start}},{{t.End}}]}"""))
                + "}";

    private static void SpoilShape(ModelFolder folder)
    {
        folder.Copy(ModelFolder.Safetensors);
        folder.EditConfig(c => c["vocab_size"] = 400);
    }

    private static Action<ModelFolder> SpoilLayers(int layers) => folder =>
    {
        folder.Copy(ModelFolder.Safetensors);
        folder.EditConfig(c => c["num_layers"] = layers);
    };

    private static void SpoilZip(ModelFolder folder)
    {
        folder.Copy(ModelFolder.PyTorch);
        using FileStream stream = File.OpenWrite(folder[ModelFolder.PyTorch]);
        stream.SetLength(stream.Length / 2);
    }

    private static void SpoilShard(ModelFolder folder)
    {
        WriteIndex("""{"weight_map": {"b": "a.safetensors"}}""")(folder);
        folder.WriteSafetensors(Tensors(("a", "[2]", 0, 8)), 8);
        File.Move(folder[ModelFolder.Safetensors], folder["a.safetensors"]);
    }

    private static Action<ModelFolder> WriteIndex(string json) => folder => File.WriteAllText(folder["model.safetensors.index.json"], json);

    private static Action<ModelFolder> WriteTensor(int count, int offset, int[] shape, int[] strides) =>
        folder => folder.WritePyTorch(PickleWriter.StateDict(("a", "0", count, offset, shape, strides)), OneStorage);

    /// <summary>Each character is one byte of the pickle, after its protocol.</summary>
    private static Action<ModelFolder> WritePickle(string bytes) =>
        folder => folder.WritePyTorch([0x80, 2, .. bytes.Select(c => (byte)c)], OneStorage);
}
