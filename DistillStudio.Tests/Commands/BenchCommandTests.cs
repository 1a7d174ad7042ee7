using System.Text.Json;

namespace DistillStudio.Tests.Commands;

public sealed class BenchCommandTests : IDisposable
{
    private static readonly string[] Keys =
    [
        "examplesPerSecond", "stepSeconds", "usefulFlopsPerSecond", "matmulPeakFlopsPerSecond", "utilization", "generatedTokensPerSecond",
        "peakMemoryBytes", "estimatedMemoryBytes", "device", "precision", "threads",
    ];

    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Bench_OfASmallModel_TellsEveryFigure()
    {
        CommandResult result = await InProcess.RunAsync(
        [
            "bench", "--model", "demo", "--init", "random", "--dataset", "svamp", "--data-dir", _world.Data, "--home", _world.Home,
            "--batch-size", "4", "--steps", "2", "--gen_max_len", "4", "--device", "cpu", "--profile", "--json",
        ]);

        Assert.Equal(0, result.ExitCode);
        JsonElement report = JsonDocument.Parse(result.Out).RootElement;
        Assert.All(Keys, key => Assert.True(report.TryGetProperty(key, out _), key));
        double Value(string key) => report.GetProperty(key).GetDouble();
        Assert.Equal(Value("usefulFlopsPerSecond") / Value("matmulPeakFlopsPerSecond"), Value("utilization"), 1e-9);
        Assert.InRange(Value("utilization"), 1e-9, 1);
        Assert.True(Value("generatedTokensPerSecond") > 0);
        Assert.Equal("float32", report.GetProperty("precision").GetString());
        string[] phases = [.. report.GetProperty("profileSeconds").EnumerateObject().Select(phase => phase.Name)];
        Assert.Equal(["data", "forward", "loss_head", "backward", "clip", "optimizer", "rest"], phases);
        Assert.False(Directory.Exists(Path.Combine(_world.Home, "runs")));
    }

    [Fact]
    public async Task Bench_WithoutAModel_AsksForItByItsOwnFlag()
    {
        CommandResult result = await InProcess.RunAsync(["bench", "--dataset", "svamp", "--steps", "0"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(result.Problems, problem => problem.StartsWith("--model is missing", StringComparison.Ordinal));
        Assert.Contains(result.Problems, problem => problem.StartsWith("--steps 0 is out of range", StringComparison.Ordinal));
    }
}
