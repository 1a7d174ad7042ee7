using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Support;

/// <summary>A temporary copy of a reference model's folder that a test may damage.</summary>
internal sealed class ModelFolder : IDisposable
{
    public const string Config = "config.json";
    public const string Safetensors = "model.safetensors";
    public const string PyTorch = "pytorch_model.bin";

    /// <summary>What a clone without Git LFS holds in place of a large file.</summary>
    public const string Pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize "
            + "990345061\n";

    private readonly TempFolder _folder = new();

    public ModelFolder(string name = "t5-relu-tied")
    {
        Reference = FixtureFolder.Find("t5", name);
        Copy(Config);
    }

    public string Path => _folder.Path;

    public string Reference { get; }

    public string this[string file] => _folder[file];

    /// <summary>Config and weights.</summary>
    public static ModelFolder Whole()
    {
        var folder = new ModelFolder();
        folder.Copy(Safetensors);
        return folder;
    }

    /// <summary>Loads it and returns the one sentence of the refusal.</summary>
    public string Refusal()
    {
        InputException e = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(Path).Dispose());
        Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
        Assert.Single(e.Problems);
        return e.Message;
    }

    public void Copy(string file, string? newName = null) =>
        File.Copy(System.IO.Path.Combine(Reference, file), this[newName ?? file], overwrite: true);

    public void EditConfig(Action<JsonObject> edit)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(this[Config]))!.AsObject();
        edit(config);
        File.WriteAllText(this[Config], config.ToJsonString());
    }

    /// <summary>Writes the reference model's weights as safetensors, changed, under their names.</summary>
    public void EditWeights(Action<Dictionary<string, Tensor>> edit, string? newName = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using var source = new SafetensorsFile(System.IO.Path.Combine(Reference, Safetensors));
        var weights = source.Weights.Keys.ToDictionary(name => name, source.Read);
        edit(weights);
        SafetensorsWriter.Write(
            this[newName ?? Safetensors], [.. weights.Select(weight => (weight.Key, weight.Value))], new Dictionary<string, string>());
    }

    /// <summary>A config as transformers 5 saves that of a model that is not scaled, whether its head is tied or not.</summary>
    public void SaveAsTransformers5() =>
        EditConfig(c => (c["tie_word_embeddings"], c["scale_decoder_outputs"], c["transformers_version"]) = (true, false, "5.3.0"));

    /// <summary>A safetensors file with this header and this many bytes of numbers.</summary>
    public void WriteSafetensors(string header, int numbers, ulong? claimedLength = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + text.Length + numbers];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedLength ?? (ulong)text.Length);
        text.CopyTo(file, 8);
        File.WriteAllBytes(this[Safetensors], file);
    }

    /// <summary>A PyTorch file with this pickle and these storages.</summary>
    public void WritePyTorch(
        byte[] pickle, IReadOnlyDictionary<string, byte[]> storages, CompressionLevel compression = CompressionLevel.NoCompression) =>
        File.WriteAllBytes(this[PyTorch], TorchZip(pickle, storages, compression));

    public static byte[] TorchZip(
        byte[] pickle, IReadOnlyDictionary<string, byte[]> storages, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "archive/data.pkl", pickle, compression);
            foreach ((string key, byte[] bytes) in storages)
            {
                Add(zip, $"archive/data/{key}", bytes, compression);
            }
        }

        return buffer.ToArray();
    }

    public void Dispose() => _folder.Dispose();

    private static void Add(ZipArchive zip, string name, byte[] bytes, CompressionLevel compression)
    {
        using Stream stream = zip.CreateEntry(name, compression).Open();
        stream.Write(bytes);
    }
}
