using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Hosting;

/// <summary>A run's downloads, byte for byte: scripts of others read them.</summary>
public sealed class RunDownloadsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Downloads_OfTwoStepsAndTwoEvaluations_HoldEachFigureUnderItsName()
    {
        RunSpec spec = RunScript.Spec();
        IReadOnlyList<RunEvent> events = RunScript.Numbered(
        [
            RunScript.Started(spec),
            RunScript.Step(1, spec) with { LabelLoss = 3.0625, RationaleLoss = 6.1, Loss = 4.5, CpuCores = 1.5, Flops = 2.5e9 },
            RunScript.Valid(1, 0.5),
            RunScript.Step(2, spec) with { LabelLoss = double.NaN, RationaleLoss = null, Loss = double.PositiveInfinity, GpuUse = 0.25 },
            RunScript.Valid(2, 0.75) with { Split = "test", Weights = "best", RationaleLoss = null },
            new Cancelled(2),
        ]);
        RunFolder run = RunFiles.Create(_folder.Home, spec, events);
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => studio.History.Find(run.Id)?.LastNumber == 6);
        using var client = new HttpClient { BaseAddress = new Uri($"{studio.Address}/runs/{run.Id}/") };

        string steps = await client.GetStringAsync("metrics.csv", Cancel);
        string evaluations = await client.GetStringAsync("evaluations.csv", Cancel);
        using var json = JsonDocument.Parse(await client.GetStringAsync("metrics.json", Cancel));

        const string Header = "step,epoch,examples,time,label_loss,rationale_loss,loss,learning_rate,gradient_norm,seconds,tokens,memory_bytes,"
            + "cpu_cores,gpu_use,flops";
        Assert.Equal(
            $"""
            {Header}
            1,0.02,16,2025-01-02T03:04:05.2500000Z,3.0625,6.1,4.5,0.001,0.5,0.25,10,123456789,1.5,,2500000000
            2,0.04,32,2025-01-02T03:04:05.7500000Z,NaN,,Infinity,0.0005,0.5,0.25,20,123456789,,0.25,

            """.ReplaceLineEndings(),
            steps);
        Assert.Equal(
            """
            step,time,split,weights,accuracy,correct,rows,label_loss,rationale_loss,loss,seconds
            1,2025-01-02T03:04:05.5000000Z,valid,current,0.5,50,100,1,2,1.5,0.7
            2,2025-01-02T03:04:06.0000000Z,test,best,0.75,75,100,1,,1.5,0.7

            """.ReplaceLineEndings(),
            evaluations);
        Assert.Equal(["run", "steps", "evaluations"], json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(Raw(events.Where(e => e is StepCompleted)), Texts(json.RootElement.GetProperty("steps")));
        Assert.Equal(Raw(events.Where(e => e is EvaluationCompleted)), Texts(json.RootElement.GetProperty("evaluations")));
    }

    /// <summary>As in <c>events.jsonl</c>, less the kind, which the name of the list tells.</summary>
    private static string[] Raw(IEnumerable<RunEvent> events) =>
        [.. events.Select(e => JsonSerializer.Serialize(e, e.GetType(), EngineJson.Events))];

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetRawText())];
}
