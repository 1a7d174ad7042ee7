using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class TokenizedDataCacheTests : IDisposable
{
    private const int Rows = 40;

    private readonly TempFolder _folder = new();
    private readonly TokenizedDataCache _cache = new();
    private readonly RunSpec _spec;

    public TokenizedDataCacheTests()
    {
        Directory.CreateDirectory(Path.Combine(Data, "svamp", "llm"));
        _spec = RunDefaults.Demo with { Dataset = "svamp", DataDir = Data, Teacher = "palm", BatchSize = 8, Device = "cpu" };
        WriteRows("train", "apples");
        WriteRows("test", "apples");
        WriteAnswers("palm", "counts them");
    }

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SecondRun_ReadsNoText()
    {
        EncodedTask?[]?[] first = Step(_spec);
        string file = Path.Combine(Data, "svamp", "svamp_train.json");
        DateTime written = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, new string('#', (int)new FileInfo(file).Length)); // not JSON: reading it fails
        File.SetLastWriteTimeUtc(file, written);

        EncodedTask?[]?[] second = Step(_spec with { Seed = 1, Alpha = 0.25 });

        Assert.Same(first, second);
        Assert.True(second.Count(row => row is not null) > 8);
    }

    [Fact]
    public void Open_StandardHalfOfAPair_SharesTheDataOfTheOther()
    {
        RunSpec standard = _spec with { Method = MethodNames.Standard, Teacher = null };
        Step(_spec);
        string file = Path.Combine(Data, "svamp", "svamp_train.json");
        DateTime written = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, new string('#', (int)new FileInfo(file).Length));
        File.SetLastWriteTimeUtc(file, written);

        Assert.Same(Step(standard), Step(standard with { Seed = 1 }));
        WriteRows("train", "plums");
        Assert.Equal(8, Step(standard).Count(row => row is not null));
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("labels")]
    [InlineData("length")]
    public void Open_OtherTokenisation_HasItsOwnIds(string change)
    {
        EncodedTask?[]?[] first = Step(_spec);
        EncodedTask?[]?[] second = Step(change switch
        {
            "standard" => _spec with { Method = MethodNames.Standard },
            "labels" => _spec with { LabelSource = LabelSource.Llm },
            _ => _spec with { MaxInputLength = 9 },
        });

        Assert.NotSame(first, second);
        Assert.Same(first, Step(_spec));
    }

    [Theory]
    [InlineData("rows")]
    [InlineData("teacher")]
    [InlineData("tokenizer")]
    public void Open_AfterAChange_TokenisesAgain(string change)
    {
        EncodedTask?[]?[] first = Step(_spec);
        RunSpec spec = _spec;
        switch (change)
        {
            case "rows":
                WriteRows("train", "pears and plums");
                break;
            case "teacher":
                WriteAnswers("palm", "counts them twice");
                break;
            default:
                // The same pieces under a config with fewer special tokens.
                string folder = Path.Combine(_folder.Path, "model");
                Copy(DemoModel.Materialize(new StudioHome(_folder.Path)), folder);
                File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), "{\"extra_ids\": 7}");
                spec = _spec with { FromPretrained = folder };
                break;
        }

        EncodedTask?[]?[] second = Step(spec);

        Assert.NotSame(first, second);
        Assert.Equal(8, second.Count(row => row is not null));
    }

    [Fact]
    public void Open_MoreRowsThanTheCacheHolds_KeepsTheNewest()
    {
        var small = new TokenizedDataCache(Rows);
        EncodedTask?[]?[] first = Step(_spec, small);
        WriteAnswers("other", "thinks");
        EncodedTask?[]?[] other = Step(_spec with { Teacher = "other" }, small);

        Assert.Same(other, Step(_spec with { Teacher = "other" }, small));
        Assert.NotSame(first, Step(_spec, small));
    }

    [Fact]
    public void Open_MissingFile_IsRefusedAsWithoutACache()
    {
        Step(_spec);
        File.Delete(Path.Combine(Data, "svamp", "svamp_test.json"));

        Assert.Throws<InputException>(() => Step(_spec));
    }

    [Fact]
    public void Preview_ThenARun_ReadsOnce_AndKeepsTheIdsOfTheRunThatCameBefore()
    {
        WriteAnswers("other", "thinks");
        EncodedTask?[]?[] before = Step(_spec);
        Dataset preview = _cache.Preview(_spec, new StudioHome(_folder.Path));

        Assert.Equal(["other", "palm"], preview.Splits[Dataset.Train].Teachers.Keys.Order());
        Assert.Same(preview, _cache.Preview(_spec, new StudioHome(_folder.Path)));
        Assert.Same(before, Step(_spec));
        Assert.Same(preview, _cache.Load(_spec with { Teacher = "other" }, new StudioHome(_folder.Path)));
    }

    [Fact]
    public void Preview_AfterAChange_ReadsAgain()
    {
        Dataset first = _cache.Preview(_spec, new StudioHome(_folder.Path));
        WriteRows("train", "pears and plums");

        Assert.NotSame(first, _cache.Preview(_spec, new StudioHome(_folder.Path)));
    }

    [Fact]
    public void Load_AnswersOnAGeneratedDatasetChanged_ReadsAgain()
    {
        RunSpec spec = _spec with { Dataset = "demo", Teacher = "other" };
        int rows = _cache.Load(spec with { Teacher = "demo" }, new StudioHome(_folder.Path)).Splits[Dataset.Train].Rows.Count;
        void Write(string rationale) => File.WriteAllText(
            Path.Combine(Directory.CreateDirectory(Path.Combine(Data, "demo", "llm-other")).FullName, "train_CoT_0.json"),
            JsonSerializer.Serialize(Enumerable.Repeat($"{rationale} The answer is ( 1 + 1 ).", rows)));
        Write("One and one.");
        Dataset first = _cache.Load(spec, new StudioHome(_folder.Path));
        Write("One and one, added.");

        Assert.NotSame(first, _cache.Load(spec, new StudioHome(_folder.Path)));
    }

    /// <returns>The ids of the rows used so far, after one step.</returns>
    private EncodedTask?[]?[] Step(RunSpec spec, TokenizedDataCache? cache = null)
    {
        using TrainingSession session = TrainingSession.Open(spec, new StudioHome(_folder.Path), cache: cache ?? _cache);
        new TrainingStep(session).Take(1);
        return session.EncodedRows;
    }

    private void WriteRows(string split, string what) => File.WriteAllLines(
        Path.Combine(Data, "svamp", $"svamp_{split}.json"),
        Enumerable.Range(0, Rows).Select(
            i => JsonSerializer.Serialize(new { input = $"Tom has {i} {what}. How many?", label = $"( {i} + 1.0 )" })));

    private void WriteAnswers(string teacher, string how)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Data, "svamp", teacher == "palm" ? "llm" : $"llm-{teacher}")).FullName;
        foreach (string split in (string[])["train", "test"])
        {
            File.WriteAllText(
                Path.Combine(folder, $"{split}_CoT_0.json"),
                JsonSerializer.Serialize(Enumerable.Range(0, Rows).Select(i => $"He {how}. The answer is ( {i} + 1.0 ).")));
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
