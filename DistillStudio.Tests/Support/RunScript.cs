using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Support;

/// <summary>Events as a trainer would record them, with predictable figures.</summary>
internal static class RunScript
{
    public static readonly DateTimeOffset Start = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static RunSpec Spec(int maxSteps = 1000) =>
        new() { Dataset = "demo", FromPretrained = "demo", Teacher = "palm", MaxSteps = maxSteps, BatchSize = 16 };

    public static RunSummary Summary(string id, RunState state = RunState.Running, RunSpec? spec = null) => new()
    {
        Id = id,
        Folder = Path.Combine(Path.GetTempPath(), id),
        Spec = spec ?? Spec(),
        State = state,
        CreatedAt = Start,
    };

    public static Started Started(RunSpec spec) => new(spec, "cpu", "float32", 2, 1_000_000, 800, 100, 100, 0, 50, "a machine", "1.0");

    /// <summary>The rationale loss is missing for the standard method.</summary>
    public static StepCompleted Step(int step, RunSpec spec) => new()
    {
        Step = step,
        LabelLoss = LabelLossAt(step),
        RationaleLoss = spec.Method == MethodNames.Standard ? null : 2 * LabelLossAt(step),
        Loss = 1.5 * LabelLossAt(step),
        LearningRate = 1e-3 / step,
        GradientNorm = 0.5,
        Examples = step * (long)spec.BatchSize,
        Epoch = step * spec.BatchSize / 800.0,
        Seconds = 0.25,
        Tokens = step * 10L,
        MemoryBytes = 123_456_789,
    };

    public static double LabelLossAt(int step) => 3.0 / (1 + (step / 100.0)) + (0.1 * Math.Sin(step));

    public static EvaluationCompleted Valid(int step, double accuracy) => new()
    {
        Step = step,
        Split = Dataset.Valid,
        Weights = "current",
        Accuracy = accuracy,
        Correct = (int)(accuracy * 100),
        Rows = 100,
        LabelLoss = 1,
        RationaleLoss = 2,
        Loss = 1.5,
        Seconds = 0.7,
    };

    public static Sampled Samples(int step) =>
        new(
            step,
            [new Sample(3, "a question", "yes", "yes", "because", step % 2 == 0 ? "yes" : "no", $"since {step}", step % 2 == 0, false, false)]);

    public static Finished Finished(int step) =>
        new(step, new DistillStudio.Engine.Runs.TestResult(0.75, 75, 100, step), null, null, 0.8, "model", 12);

    /// <summary>A whole run: start, steps with an evaluation and samples every <paramref name="evalSteps"/>, log lines, end.</summary>
    public static IEnumerable<RunEvent> Whole(RunSpec spec, int evalSteps = 100)
    {
        yield return Started(spec);
        yield return new Logged(LogSeverity.Information, "Off we go.");
        for (int step = 1; step <= spec.MaxSteps; step++)
        {
            yield return Step(step, spec);
            if (step % evalSteps == 0)
            {
                yield return Valid(step, 0.5 + (step / (4.0 * spec.MaxSteps)));
                yield return Samples(step);
            }
        }

        yield return Finished(spec.MaxSteps);
    }

    /// <summary>Numbered from 1, a quarter of a second apart.</summary>
    public static IReadOnlyList<RunEvent> Numbered(IEnumerable<RunEvent> events, long after = 0) =>
        [.. events.Select((e, i) => e with { Number = after + i + 1, Time = Start.AddSeconds(0.25 * (after + i)) })];
}
