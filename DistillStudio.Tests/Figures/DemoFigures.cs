using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// The accuracies of the demo's runs, printed for the README, with the threads that they depend on:
/// <c>dotnet test -c Release --project DistillStudio.Tests --explicit only --filter-class '*DemoFigures' --output Detailed</c>
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class DemoFigures(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Explicit = true)]
    [InlineData(1, 5, 2)]
    [InlineData(2, 1, 1)] // as the studio trains on two cores
    public async Task Demo_OverSeeds_StepByStepLeads(int threads, int seeds, int together)
    {
        foreach (string method in new[] { MethodNames.Standard, MethodNames.TaskPrefix })
        {
            var runs = new List<(double Accuracy, double Seconds)>();
            foreach (int[] some in Enumerable.Range(0, seeds).Chunk(together))
            {
                runs.AddRange(await Task.WhenAll(some.Select(seed => TrainAsync(method, seed, threads))));
            }

            string each = string.Join(" | ", runs.Select(run => Percent(run.Accuracy)));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"--threads {threads}, {together} at a time: | {method} | {each} | mean {Percent(runs.Average(run => run.Accuracy))} | "
                    + $"{runs.Min(run => run.Seconds):0} to {runs.Max(run => run.Seconds):0} s"));
            Assert.InRange(runs.Average(run => run.Accuracy), method == MethodNames.Standard ? 0.3 : 0.7, 1);
        }
    }

    private async Task<(double Accuracy, double Seconds)> TrainAsync(string method, int seed, int threads)
    {
        CommandResult result = await ProgramRun.ToEndAsync(
        [
            "train", "--dataset", "demo", "--model_type", method, "--run", seed.ToString(CultureInfo.InvariantCulture),
            "--threads", threads.ToString(CultureInfo.InvariantCulture), "--device", "cpu", "--home", _folder[$"{method}-{seed}-{threads}"],
            "--json",
        ]);
        Assert.Equal(0, result.ExitCode);
        using var finished = JsonDocument.Parse(result.Out.TrimEnd('\n').Split('\n')[^1]);
        return (
            finished.RootElement.GetProperty("test").GetProperty("accuracy").GetDouble(),
            finished.RootElement.GetProperty("seconds").GetDouble());
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
