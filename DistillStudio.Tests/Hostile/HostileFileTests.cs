using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Hostile;

/// <summary>Models, tokenizers, archives and datasets made to harm, asked for through the running studio: one sentence each, at
/// once.</summary>
[Collection(nameof(AttackedStudio))]
public sealed class HostileFileTests(AttackedStudio studio)
{
    private const string Config = "config.json";
    private const string Pieces = "spiece.model";
    private const string TokenizerConfig = "tokenizer_config.json";
    private const string Row = "{\"input\":\"i\",\"label\":\"( 1.0 + 2.0 )\"}\n";

    private static readonly Dictionary<string, Action<string>> Models = new()
    {
        ["no folder"] = folder => Directory.Delete(folder, recursive: true),
        ["empty folder"] = folder => Clear(folder),
        ["config is a folder"] = folder => Directory.CreateDirectory(Without(folder, Config)),
        ["config is a pipe"] = folder => NamedPipe.Make(Without(folder, Config)),
        ["config links to a device"] = folder => File.CreateSymbolicLink(Without(folder, Config), "/dev/zero"),
        ["config links to the system"] = folder => File.CreateSymbolicLink(Without(folder, Config), "/proc/self/environ"),
        ["config links to itself"] = folder => File.CreateSymbolicLink(Without(folder, Config), Path.Combine(folder, Config)),
        ["config links to nothing"] = folder => File.CreateSymbolicLink(Without(folder, Config), Path.Combine(folder, "nothing")),
        ["config links to another's file"] = folder =>
            File.CreateSymbolicLink(Without(folder, Config), Path.Combine(folder, "../../../secret.txt")),
        ["config of a terabyte"] = folder => Sparse(Path.Combine(folder, Config)),
        ["config too deep"] = folder => File.WriteAllText(Path.Combine(folder, Config), new string('[', 100_000)),
        ["config with sizes beyond all"] = folder => Edit(folder, config => config["vocab_size"] = long.MaxValue),
        ["config with sizes below zero"] = folder => Edit(folder, config => config["d_model"] = -1),
        ["config with a layer count beyond all"] = folder => Edit(folder, config => config["num_layers"] = 1_000_000_000),
        ["config with no number"] = folder => Edit(folder, config => config["layer_norm_epsilon"] = "NaN"),
        ["config with a type to make"] = folder =>
            Edit(folder, config => config["d_model"] = new JsonObject { ["$type"] = "System.Diagnostics.Process" }),
        ["config names another class"] = folder => Edit(folder, config => config["model_type"] = "../../evil"),
        ["tokenizer is a folder"] = folder => Directory.CreateDirectory(Without(folder, Pieces)),
        ["tokenizer is a pipe"] = folder => NamedPipe.Make(Without(folder, Pieces)),
        ["tokenizer links to a device"] = folder => File.CreateSymbolicLink(Without(folder, Pieces), "/dev/zero"),
        ["tokenizer links to another's file"] = folder =>
            File.CreateSymbolicLink(Without(folder, Pieces), Path.Combine(folder, "../../../secret.txt")),
        ["tokenizer of a terabyte"] = folder => Sparse(Path.Combine(folder, Pieces)),
        ["tokenizer is empty"] = folder => File.WriteAllText(Path.Combine(folder, Pieces), ""),
        ["tokenizer of zeros"] = folder => File.WriteAllBytes(Path.Combine(folder, Pieces), new byte[1000]),
        ["tokenizer with a length beyond all"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, Pieces), [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x0A]),
        ["tokenizer with a length below zero"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, Pieces), [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ["tokenizer of nested groups"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, Pieces), [.. Enumerable.Repeat((byte)0x23, 100_000)]),
        ["tokenizer's settings are a pipe"] = folder => NamedPipe.Make(Without(folder, TokenizerConfig)),
        ["tokenizer's settings of a terabyte"] = folder => Sparse(Path.Combine(folder, TokenizerConfig)),
        ["tokenizer's settings with ids beyond all"] = folder =>
            File.WriteAllText(Path.Combine(folder, TokenizerConfig), "{\"extra_ids\":2147483647}"),
        ["tokenizer's settings too deep"] = folder => File.WriteAllText(Path.Combine(folder, TokenizerConfig), new string('[', 100_000)),
    };

    private static readonly Dictionary<string, Action<string>> Weights = new()
    {
        ["safetensors is a pipe"] = folder => NamedPipe.Make(Path.Combine(folder, ModelFolder.Safetensors)),
        ["safetensors links to a device"] = folder =>
            File.CreateSymbolicLink(Path.Combine(folder, ModelFolder.Safetensors), "/dev/urandom"),
        ["safetensors of a terabyte of zeros"] = folder => Sparse(Path.Combine(folder, ModelFolder.Safetensors)),
        ["safetensors with a header beyond all"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, ModelFolder.Safetensors), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x7B]),
        ["safetensors with a header just allowed and not there"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, ModelFolder.Safetensors), [0, 0, 0, 1, 0, 0, 0, 0, 0x7B]),
        ["safetensors too deep"] = folder => Safetensors(folder, new string('[', 100_000)),
        ["safetensors with a shape beyond all"] = folder =>
            Safetensors(folder, "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9223372036854775807],\"data_offsets\":[0,0]}}"),
        ["safetensors with a rank beyond all"] = folder => Safetensors(
            folder,
            $"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', Enumerable.Repeat(1, 100_000))}],\"data_offsets\":[0,4]}}}}"),
        ["safetensors that overlap"] = folder => Safetensors(
            folder,
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
            4),
        ["safetensors below zero"] = folder => Safetensors(folder, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[-4,0]}}", 4),
        ["safetensors with a note that is none"] = folder => Safetensors(folder, "{\"__metadata__\":{\"a\":{\"b\":[1]}}}"),
        ["archive is empty"] = folder => Zip(folder, _ => { }),
        ["archive cut off"] = folder => File.WriteAllBytes(
            Path.Combine(folder, ModelFolder.PyTorch), Encoding.Latin1.GetBytes("PK\u0003\u0004" + new string('\0', 100))),
        ["archive of a terabyte of zeros"] = folder => Sparse(Path.Combine(folder, ModelFolder.PyTorch)),
        ["archive that expands beyond all"] = folder =>
            Zip(folder, zip => Entry(zip, "archive/data.pkl", new byte[64 << 20], CompressionLevel.SmallestSize)),
        ["archive with entries that lead out"] = folder =>
            Zip(folder, zip => { Entry(zip, "../../escaped.txt"); Entry(zip, "/tmp/escaped.txt"); Entry(zip, "..\\..\\escaped.txt"); }),
        ["archive with a pickle that leads out"] = folder =>
            Zip(folder, zip => { Entry(zip, "../../data.pkl"); Entry(zip, "../escaped/data.pkl"); }),
        ["archive with an entry twice"] = folder => Zip(folder, zip => { Entry(zip, "archive/data.pkl"); Entry(zip, "archive/data.pkl"); }),
        ["archive with 20,000 entries"] = folder =>
            Zip(folder, zip => { for (int i = 0; i < 20_000; i++) { Entry(zip, $"archive/data/{i}", []); } }),
        ["pickle that calls the shell"] = folder => Pickle(folder, "cos\nsystem\n(X\u000f\0\0\0touch escaped.txttR."),
        ["pickle that calls through a name it built"] = folder =>
            Pickle(folder, "\u008c\u0008builtins\u008c\u0004exec\u0093(X\u0001\0\0\0xtR."),
        ["pickle that calls torch.load"] = folder => Pickle(folder, "ctorch\nload\n(X\u0001\0\0\0xtR."),
        ["pickle that reduces what it reduced"] = folder => Pickle(folder, "ccollections\nOrderedDict\n)R)R."),
        ["pickle with a text beyond all"] = folder => Pickle(folder, "X\u00ff\u00ff\u00ff\u00ffa."),
        ["pickle with a number of 255 bytes"] = folder => Pickle(folder, "\u008a\u00ff" + new string('\u0001', 255) + "."),
        ["pickle of nested marks"] = folder => Pickle(folder, new string('(', 1_000_000)),
        ["pickle that holds itself"] = folder => Pickle(folder, "}q\0X\u0001\0\0\0ah\0s."),
        ["pickle that doubles itself"] = folder =>
            Pickle(folder, "]q\0" + string.Concat(Enumerable.Repeat("h\0h\0\u0086q\0", 10_000)) + "."),
        ["index that leads out"] = folder => Index(folder, "../../../secret.txt"),
        ["index by an absolute path"] = folder => Index(folder, "/etc/passwd"),
        ["index with a backslash"] = folder => Index(folder, "..\\\\secret.txt"),
        ["index with a null byte"] = folder => Index(folder, "a\\u0000b"),
        ["index that names itself"] = folder => Index(folder, "model.safetensors.index.json"),
        ["index that names a folder"] = folder => Index(folder, "."),
        ["index of a shard of 300 characters"] = folder => Index(folder, new string('a', 300)),
        ["index of a terabyte"] = folder => Sparse(Path.Combine(folder, "model.safetensors.index.json")),
        ["index is a pipe"] = folder => NamedPipe.Make(Path.Combine(folder, "model.safetensors.index.json")),
    };

    private static readonly Dictionary<string, Action<string>> Datasets = new()
    {
        ["rows are a pipe"] = folder => NamedPipe.Make(Path.Combine(folder, "svamp", "svamp_train.json")),
        ["rows link to a device"] = folder => File.CreateSymbolicLink(Path.Combine(folder, "svamp", "svamp_train.json"), "/dev/zero"),
        ["rows link to the system"] = folder =>
            File.CreateSymbolicLink(Path.Combine(folder, "svamp", "svamp_train.json"), "/proc/self/mem"),
        ["rows link to another's file"] = folder =>
            File.CreateSymbolicLink(Path.Combine(folder, "svamp", "svamp_train.json"), Path.Combine(folder, "../../../secret.txt")),
        ["rows of a terabyte without a line's end"] = folder => Sparse(Path.Combine(folder, "svamp", "svamp_train.json")),
        ["a row of 17 MB"] = folder => Rows(folder, "{\"input\":\"" + new string('x', 17 << 20) + "\",\"label\":\"1\"}"),
        ["a row too deep"] = folder => Rows(folder, new string('[', 100_000)),
        ["a row that is not UTF-8"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, "svamp", "svamp_train.json"), [.. "{\"input\":\""u8, 0xFF, .. "\",\"label\":\"1\"}"u8]),
        ["a row of UTF-16"] = folder => File.WriteAllText(Path.Combine(folder, "svamp", "svamp_train.json"), Row, Encoding.Unicode),
        ["a row with half a surrogate"] = folder => Rows(folder, "{\"input\":\"\\ud800\",\"label\":\"1\"}"),
        ["a row with a type to make"] = folder => Rows(folder, "{\"input\":{\"$type\":\"System.IO.FileInfo\"},\"label\":\"1\"}"),
        ["rows are an archive"] = folder =>
            File.WriteAllBytes(Path.Combine(folder, "svamp", "svamp_train.json"), Encoding.Latin1.GetBytes("PK\u0003\u0004\u0014\0")),
        ["completions are a pipe"] = folder => { Rows(folder, Row); NamedPipe.Make(Path.Combine(Teacher(folder), "train_CoT_0.json")); },
        ["completions are no list"] = folder => { Rows(folder, Row); File.WriteAllText(Path.Combine(Teacher(folder), "train_CoT_0.json"), "{\"a\":[\"b\"]}"); },
        ["completions too deep"] = folder => { Rows(folder, Row); File.WriteAllText(Path.Combine(Teacher(folder), "train_CoT_0.json"), new string('[', 100_000)); },
        ["completions with a gap"] = folder => { Rows(folder, Row); File.WriteAllText(Path.Combine(Teacher(folder), "train_CoT_2000000000.json"), "[]"); },
        ["completions without an end"] = folder => { Rows(folder, Row); Sparse(Path.Combine(Teacher(folder), "train_CoT_0.json")); },
        ["the folder is a file"] = folder => { Directory.Delete(Path.Combine(folder, "svamp"), recursive: true); File.WriteAllText(Path.Combine(folder, "svamp"), "x"); },
        ["the folder is a loop"] = folder => { Directory.Delete(Path.Combine(folder, "svamp"), recursive: true); File.CreateSymbolicLink(Path.Combine(folder, "svamp"), Path.Combine(folder, "svamp")); },
    };

    public static TheoryData<string> ModelNames => [.. Models.Keys];

    public static TheoryData<string> WeightNames => [.. Weights.Keys];

    public static TheoryData<string> DatasetNames => [.. Datasets.Keys];

    [Theory]
    [MemberData(nameof(ModelNames))]
    public async Task Model_MadeToHarm_IsRefused(string name)
    {
        string folder = NewModel();
        Models[name](folder);

        await AssertRefusedAsync(folder, () =>
            studio.Facts.ExamineAsync(
                RunScript.Spec(5) with { Teacher = "demo", FromPretrained = folder, Init = ModelInit.Random },
                TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(WeightNames))]
    public async Task Weights_MadeToHarm_AreRefused(string name)
    {
        string folder = NewModel();
        Weights[name](folder);

        await AssertRefusedAsync(folder, () => Task.Run(() => HuggingFaceFolder.Describe(folder), TestContext.Current.CancellationToken));
        Assert.NotEmpty(studio.Facts.Choices().Models); // the page that lists models shows it without its weights
    }

    [Theory]
    [MemberData(nameof(DatasetNames))]
    public async Task Dataset_MadeToHarm_IsRefused(string name)
    {
        string folder = AttackedStudio.NewFolder(studio.Home.Datasets);
        Directory.CreateDirectory(Path.Combine(folder, "svamp"));
        Datasets[name](folder);

        await AssertRefusedAsync(folder, () =>
            studio.Facts.ExamineAsync(
                RunScript.Spec(5) with { Dataset = "svamp", DataDir = folder }, TestContext.Current.CancellationToken));
    }

    private async Task AssertRefusedAsync(string folder, Func<Task> ask)
    {
        InputException refusal = await Assert.ThrowsAsync<InputException>(
            () => ask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.All(refusal.Problems, problem =>
        {
            Assert.Contains(folder, problem, StringComparison.Ordinal);
            Assert.EndsWith(".", problem, StringComparison.Ordinal);
            Assert.DoesNotContain("..", problem.Replace("../", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.InRange(problem.Length, 20, 2000);
        });
        Assert.DoesNotContain(AttackedStudio.Secret, refusal.Message, StringComparison.Ordinal);
        await studio.AssertUnharmedAsync();
    }

    private string NewModel()
    {
        string folder = AttackedStudio.NewFolder(studio.Home.Models);
        foreach ((string from, string to) in new[] { ("t5/t5-relu-tied/config.json", Config), ("tokenizer/mini.spiece.model", Pieces) })
        {
            File.Copy(FixtureFolder.Find(from), Path.Combine(folder, to));
        }

        return folder;
    }

    private static string Without(string folder, string file)
    {
        File.Delete(Path.Combine(folder, file));
        return Path.Combine(folder, file);
    }

    private static void Clear(string folder)
    {
        File.Delete(Path.Combine(folder, Config));
        File.Delete(Path.Combine(folder, Pieces));
    }

    private static void Sparse(string path)
    {
        using FileStream file = File.Create(path);
        file.SetLength(1L << 40);
    }

    private static void Edit(string folder, Action<JsonObject> edit)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, Config)))!.AsObject();
        edit(config);
        File.WriteAllText(Path.Combine(folder, Config), config.ToJsonString());
    }

    private static void Safetensors(string folder, string header, int numbers = 0) =>
        File.WriteAllBytes(
            Path.Combine(folder, ModelFolder.Safetensors),
            [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[numbers]]);

    private static void Zip(string folder, Action<ZipArchive> fill)
    {
        using var zip = new ZipArchive(File.Create(Path.Combine(folder, ModelFolder.PyTorch)), ZipArchiveMode.Create);
        fill(zip);
    }

    private static void Entry(ZipArchive zip, string name, byte[]? bytes = null, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using Stream stream = zip.CreateEntry(name, level).Open();
        stream.Write(bytes ?? [0x80, 2, (byte)'N', (byte)'.']);
    }

    private static void Pickle(string folder, string operations) =>
        File.WriteAllBytes(
            Path.Combine(folder, ModelFolder.PyTorch),
            ModelFolder.TorchZip(Encoding.Latin1.GetBytes("\u0080\u0002" + operations), new Dictionary<string, byte[]>()));

    private static void Index(string folder, string shard) =>
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), $"{{\"weight_map\":{{\"shared.weight\":\"{shard}\"}}}}");

    private static void Rows(string folder, string rows) => File.WriteAllText(Path.Combine(folder, "svamp", "svamp_train.json"), rows);

    private static string Teacher(string folder) => Directory.CreateDirectory(Path.Combine(folder, "svamp", "llm")).FullName;
}
