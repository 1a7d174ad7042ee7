using System.Globalization;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// How far the losses of <c>--bf16</c> lie from those of float32, printed for the README:
/// <c>dotnet test -c Release --project DistillStudio.Tests --explicit only --filter-class '*PrecisionFigures' --output Detailed</c>
/// </summary>
[Trait("Needs", "shared")]
[Collection(nameof(MeasuredAlone))]
public sealed class PrecisionFigures(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 200;
    private const int Threads = 2;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public void Losses_InBFloat16_StayNearThoseInFloat32()
    {
        RunSpec spec = new()
        {
            Dataset = "cqa",
            DataDir = SharedFolder.Find("data"),
            FromPretrained = SharedFolder.Find("models", "t5-efficient-mini-shape"),
            Init = ModelInit.Random,
            Teacher = "palm",
            BatchSize = 16,
            MaxSteps = Steps,
            LearningRate = 1e-3,
            Device = "cpu",
            Threads = Threads,
        };
        double[] exact = Losses(spec with { Bf16 = false });
        double[] rounded = Losses(spec with { Bf16 = true });
        double[] differences = [.. exact.Zip(rounded, (first, second) => (second - first) / first)];
        double mean = differences.Average(Math.Abs);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Losses of --bf16 beside float32's over {Steps} steps, {Threads} threads: mean absolute difference {mean:0.00 %}, "
                + $"at most {differences.Max(Math.Abs):0.00 %}, signed mean {differences.Average():0.00 %}."));
        Assert.InRange(mean, 0, 0.05);
    }

    private double[] Losses(RunSpec spec)
    {
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        var training = new TrainingStep(session);
        return [.. Enumerable.Range(1, Steps).Select(step => training.Take(step).Losses.Objective)];
    }
}
