using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using TestResult = DistillStudio.Engine.Runs.TestResult;

namespace DistillStudio.Tests.Commands.Progress;

/// <summary>Events of an imagined run; each step takes one second.</summary>
internal static class Events
{
    private static readonly DateTimeOffset Zero = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Started Start(int maxSteps, int evalSteps) => new(
        new RunSpec { Dataset = "cqa", FromPretrained = "m", Teacher = "palm", MaxSteps = maxSteps, EvalSteps = evalSteps },
        "cpu", "float32", 2, 31_200_000, 8767, 974, 1221, 12, 137, "a machine", "1.0");

    public static StepCompleted Step(int step, double at) =>
        RunScript.Step(step, new RunSpec { Dataset = "cqa", FromPretrained = "m" }) with
        {
            LabelLoss = 1.5,
            RationaleLoss = 2.25,
            Seconds = 1,
            Time = Zero.AddSeconds(at),
        };

    public static EvaluationCompleted Validation(int step, double accuracy, double at) =>
        RunScript.Valid(step, accuracy) with
        {
            Correct = (int)(1000 * accuracy),
            Rows = 1000,
            LabelLoss = 1.25,
            Seconds = 3,
            Time = Zero.AddSeconds(at),
        };

    public static EvaluationProgressed Evaluation(int step, int done, int total, double at) =>
        new(step, Dataset.Valid, "current", done, total, 1) { Time = Zero.AddSeconds(at) };

    public static Finished End(int step) =>
        new(
            step, new TestResult(0.5, 610, 1221, 2), new TestResult(0.5, 610, 1221, 2), new TestResult(0.25, 305, 1221, step), 0.75,
            "/runs/r/model", 3725, 2, KeepModel.Best)
        { Time = Zero.AddSeconds(3725) };

    public static RunProgress Apply(params RunEvent[] events) => events.Aggregate(new RunProgress(), (progress, e) => progress.Apply(e));
}
