using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;
using DistillStudio.History;
using DistillStudio.Jobs;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Hostile;

/// <summary>One kind of file, how a faulty one is made, and all that the program does with it.</summary>
/// <param name="File">Its name in a folder of its own.</param>
/// <param name="Make">A file with faults.</param>
/// <param name="Read">Ends quietly or with an <see cref="InputException"/>.</param>
/// <param name="AllowedBytes">Managed memory that reading may take, besides <see cref="BytesPerByte"/> for each byte of the file.</param>
internal sealed record FuzzedReader(string File, Func<SeededRandom, byte[]> Make, Action<string> Read, long AllowedBytes = 2 << 20)
{
    public const int BytesPerByte = 16;

    /// <summary>Made when it is wanted: some write their sound file with libtorch, which is loaded only once tests run.</summary>
    public static IReadOnlyDictionary<string, Func<FuzzedReader>> All { get; } = new Dictionary<string, Func<FuzzedReader>>
    {
        ["safetensors"] = Safetensors,
        ["pickle"] = () => new("pytorch_model.bin", random => ModelFolder.TorchZip(Mutations.Spoil(Pickled, random), Storages), path =>
            ReadWeights(new PyTorchFile(path), path)),
        ["zip"] = () => OfBytes(
            "pytorch_model.bin", ModelFolder.TorchZip(Pickled, Storages), path => ReadWeights(new PyTorchFile(path), path)),
        ["tokenizer"] = () => OfBytes("spiece.model", SmallTokenizer(), ReadTokenizer),
        ["events"] = () => OfBytes("events.jsonl", Events(), ReadEvents),
        ["checkpoint"] = () => new("step-000100.safetensors", Checkpoint(), ReadCheckpoint),
        ["config"] = () => OfBytes("config.json", Encoding.UTF8.GetBytes(T5ConfigFile.Write(SmallT5.Config)), path =>
            Assert.InRange(T5ConfigFile.Read(path).ParameterCount, 1, 50_000_000_000)),
        ["index"] = () => OfBytes(
            "model.safetensors.index.json",
            "{\"metadata\":{},\"weight_map\":{\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"}}"u8.ToArray(), ReadIndex),
        ["settings"] = () => OfBytes("spec.json", JsonSerializer.SerializeToUtf8Bytes(RunScript.Spec(5), EngineJson.Spec), path =>
            RunSpecRules.Check(LaunchSources.Read(path, System.IO.File.ReadAllBytes(path)))),
        ["rows"] = () => OfBytes(
            "svamp/svamp_train.json", "{\"input\":\"a\",\"label\":\"( 1.0 + 2.0 )\"}\n{\"input\":\"b\",\"label\":\"3\"}\n"u8.ToArray(),
            path => DatasetReader.Load("svamp", Path.GetDirectoryName(Path.GetDirectoryName(path))!)),
    };

    private static byte[] Pickled => PickleWriter.StateDict(("first", "0", 8, 0, [2, 4], [4, 1]), ("second", "1", 2, 0, [2], [1]));

    private static Dictionary<string, byte[]> Storages => new() { ["0"] = new byte[32], ["1"] = new byte[8] };

    private static FuzzedReader OfBytes(string file, byte[] sound, Action<string> read, long allowed = 2 << 20) =>
        new(file, random => Mutations.Spoil(sound, random), read, allowed);

    private static FuzzedReader Safetensors()
    {
        byte[] sound = Written("model.safetensors", path =>
            SafetensorsWriter.Write(
                path, [("first", ones(2, 3)), ("second", ones(4)), ("third", ones(1, ScalarType.Int64))],
                new Dictionary<string, string> { ["format"] = "pt" }));
        return OfBytes("model.safetensors", sound, path => ReadWeights(new SafetensorsFile(path), path));
    }

    /// <summary>Half of them with a seal that is right, as whoever makes such a file would give it.</summary>
    private static Func<SeededRandom, byte[]> Checkpoint()
    {
        var record =
            new RunCheckpoint(
                100, 120, 100, new BestWeights(50, 0.5, 1.25), 12.5, 100, 800, RunScript.Spec(200),
                new CollapseState([new EvaluationPoint(50, 1.5, 0.25)], false, false));
        byte[] sound = Written("step-000100.safetensors", path => SafetensorsWriter.WriteSealed(
            path, [("model.shared.weight", ones(4, 2)), ("exp_avg.shared.weight", ones(4, 2))],
            new Dictionary<string, string> { ["checkpoint"] = JsonSerializer.Serialize(record, EngineJson.Events) }));
        return random =>
        {
            byte[] spoiled = Mutations.Spoil(sound, random);
            if (random.Next(2) == 0 && spoiled.Length > SHA256.HashSizeInBytes)
            {
                SHA256.HashData(
                    spoiled.AsSpan(0, spoiled.Length - SHA256.HashSizeInBytes), spoiled.AsSpan(spoiled.Length - SHA256.HashSizeInBytes));
            }

            return spoiled;
        };
    }

    private static byte[] Events() =>
        [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(6), evalSteps: 3)).SelectMany(EventLine.Write)];

    /// <summary>Pieces of single letters and a few words: as the real ones, but for the table of the normaliser, and quick to
    /// load.</summary>
    private static byte[] SmallTokenizer()
    {
        string[] pieces =
            ["<pad>", "</s>", "<unk>", "▁", .. "abcdefghijklmnopqrstuvwxyz0123456789.,".Select(c => $"{c}"), "▁the", "▁an", "er", "▁12"];
        var file = new List<byte>();
        for (int i = 0; i < pieces.Length; i++)
        {
            int kind = i switch { 0 or 1 => 3, 2 => 2, _ => 1 };
            byte[] text = Encoding.UTF8.GetBytes(pieces[i]);
            file.AddRange(
                [
                    0x0A, (byte)(text.Length + 9), 0x0A, (byte)text.Length, .. text, 0x15, .. BitConverter.GetBytes(-(float)i), 0x18,
                    (byte)kind,
                ]);
        }

        file.AddRange([0x12, 0x02, 0x18, 0x01]); // trainer_spec { model_type: UNIGRAM }
        file.AddRange([0x1A, 0x0A, 0x0A, 0x08, .. "nmt_nfkc"u8]);
        return [.. file];
    }

    private static byte[] Written(string file, Action<string> write)
    {
        using var folder = new TempFolder();
        write(folder[file]);
        return System.IO.File.ReadAllBytes(folder[file]);
    }

    private static void ReadWeights(IWeightReader reader, string path)
    {
        using (reader)
        {
            foreach ((string name, WeightInfo info) in reader.Weights)
            {
                Assert.InRange(info.Count, 0, new FileInfo(path).Length);
                using Tensor tensor = empty([.. info.Shape]);
                reader.CopyTo(name, tensor);
            }
        }
    }

    private static void ReadIndex(string path)
    {
        foreach ((string file, string tensor) in new[] { ("model-1.safetensors", "a"), ("model-2.safetensors", "b") })
        {
            string shard = Path.Combine(Path.GetDirectoryName(path)!, file);
            if (!System.IO.File.Exists(shard))
            {
                SafetensorsWriter.Write(shard, [(tensor, ones(2))], new Dictionary<string, string>());
            }
        }

        ReadWeights(new ShardedWeights(path, shard => new SafetensorsFile(shard)), path);
    }

    private static void ReadTokenizer(string path)
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(path);
        tokenizer.Decode(tokenizer.Encode("the other 12 é ½ <extra_id_3> 逐步"));
    }

    private static void ReadEvents(string path)
    {
        Bookmark at = Bookmark.Start;
        for (Bookmark before = new(-1, ""); at != before;)
        {
            before = at;
            (IReadOnlyList<RunEvent> events, at) = EventFileReader.Read(path, at)!.Value;
            Assert.All(events, happened => JsonSerializer.SerializeToUtf8Bytes(happened, EngineJson.Events));
        }

        Assert.InRange(EventLine.ReadAll(path).Count(), 0, (int)at.Offset + 1);
    }

    private static void ReadCheckpoint(string path)
    {
        _ = SafetensorsWriter.IsIntact(path);
        _ = RunCheckpoint.TryRead(path);
        ReadWeights(new SafetensorsFile(path), path);
    }
}
