using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// The memory that the Launch page foretells beside what <c>bench</c> then takes, printed for the README:
/// <c>dotnet test --project DistillStudio.Tests --explicit only --filter-class '*MemoryFigures' --output Detailed</c>
/// </summary>
[Trait("Needs", "shared")]
[Collection(nameof(MeasuredAlone))]
public sealed class MemoryFigures(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task Launch_ForetellsMemory_RoughlyAsBenchTakesIt()
    {
        string mini = SharedFolder.Find("models", "t5-efficient-mini-shape");
        string data = SharedFolder.Find("data");
        RunSpec cqa = new()
        {
            Dataset = "cqa",
            DataDir = data,
            FromPretrained = mini,
            Init = ModelInit.Random,
            Method = "task_prefix",
            Teacher = "palm",
            Device = "cpu",
            Bf16 = false,
        };
        (string Name, RunSpec Spec)[] points =
        [
            .. new[] { 4, 16, 64 }.SelectMany(batch => new[] { false, true }.Select(half =>
                ($"mini, batch {batch}, {(half ? "bf16" : "float32")}", cqa with { BatchSize = batch, Bf16 = half }))),
            ("mini, batch 16, standard", cqa with { BatchSize = 16, Method = "standard", Teacher = null }),
            ("mini, batch 16, inputs of 24", cqa with { BatchSize = 16, MaxInputLength = 24 }),
            (
                "mini with exact GELU (autograd), batch 16",
                cqa with { BatchSize = 16, FromPretrained = Reshaped(mini, "gelu", ("\"relu\"", "\"gelu\"")) }),
            (
                "T5-base v1.1's shape, batch 8",
                cqa with
                {
                    BatchSize = 8,
                    FromPretrained =
                        Reshaped(
                            mini, "base", ("384", "768"), ("1536", "2048"), ("_layers\": 4", "_layers\": 12"),
                            ("heads\": 8", "heads\": 12"), ("\"relu\"", "\"gated-gelu\""), ("embeddings\": true", "embeddings\": false")),
                }),
            ("demo, batch 16", RunDefaults.Demo with { BatchSize = 16, Device = "cpu", Bf16 = false }),
        ];
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home);
        ILaunchFacts advisor = studio.Services.GetRequiredService<ILaunchFacts>();
        foreach ((string name, RunSpec spec) in points)
        {
            double told = (await advisor.ExamineAsync(spec, TestContext.Current.CancellationToken)).MemoryBytes!.Value;
            JsonElement report = await ProgramRun.JsonAsync(
            [
                "bench", "--home", _folder["bench"], "--model", spec.FromPretrained, "--init", "random", "--dataset", spec.Dataset,
                "--model_type", spec.Method, "--device", "cpu", "--steps", "6",
                "--batch_size", spec.BatchSize.ToString(CultureInfo.InvariantCulture), "--max_input_length",
                spec.MaxInputLength.ToString(CultureInfo.InvariantCulture), spec.Bf16 == true ? "--bf16" : "--fp32",
                .. spec.Teacher is null ? Array.Empty<string>() : ["--llm", spec.Teacher],
                .. spec.DataDir is null ? Array.Empty<string>() : ["--data-dir", spec.DataDir],
            ]);
            double taken = report.GetProperty("peakMemoryBytes").GetDouble();
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: foretold {ByteSize.Format(told)}, taken {ByteSize.Format(taken)} ({(told / taken) - 1:+0 %;-0 %})."));
            Assert.InRange(told / taken, 0.6, 1.4);
        }
    }

    /// <summary>A folder with the same tokenizer and another shape.</summary>
    private string Reshaped(string model, string name, params (string From, string To)[] changes)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName;
        File.Copy(Path.Combine(model, "spiece.model"), Path.Combine(folder, "spiece.model"), overwrite: true);
        string config = File.ReadAllText(Path.Combine(model, "config.json"));
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            changes.Aggregate(config, (text, change) => text.Replace(change.From, change.To, StringComparison.Ordinal)));
        return folder;
    }
}
