using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Support;

/// <summary>Events that look like a real run's: losses that fall with noise and spikes, an accuracy that starts late, answers that get
/// better.</summary>
internal sealed class RunPhysics(RunSpec spec, int trainRows = 1000)
{
    private const int ValidRows = 200;
    private const int TestRows = 500;
    private static readonly Lazy<Dataset> Demo = new(DemoDataset.Create);

    private readonly Random _random = new(spec.Seed + (spec.Method == MethodNames.Standard ? 100 : 0) + (int)(spec.Alpha * 1000));

    private bool IsStepByStep => spec.Method != MethodNames.Standard;

    private double Ceiling =>
        ((IsStepByStep ? 0.86 : 0.47) + (0.02 * (spec.Seed % 3)) - (0.25 * Math.Abs(spec.Alpha - 0.5) * (IsStepByStep ? 1 : 0))) * (
            0.4 + (0.6 * Math.Sqrt(spec.Subsample)));

    public Started Started() =>
        new(
            spec, "cpu", spec.Bf16 == true ? "bf16" : "float32", 2, 1_234_560, trainRows, ValidRows, TestRows,
            spec.LabelSource == LabelSource.Llm ? 37 : 0, (double)trainRows / Rows, "dev-box, 2 cores", "1.0.0");

    /// <summary>All events of one step: the step itself and, where due, evaluation and samples.</summary>
    public IEnumerable<RunEvent> Step(int step)
    {
        double spike = _random.NextDouble() < 0.004 ? 1.5 + _random.NextDouble() : 1;
        double label = Fall(step, 3.2, 0.28) * Noise(0.16) * spike;
        double? rationale = IsStepByStep ? Fall(step, 4.1, 0.62) * Noise(0.07) * spike : null;
        double seconds = (IsStepByStep ? 0.062 : 0.041) * Noise(0.08);
        yield return new StepCompleted
        {
            Step = step,
            LabelLoss = label,
            RationaleLoss = rationale,
            Loss = Total(label, rationale),
            LearningRate = spec.LearningRate * (1 - ((step - 1.0) / spec.MaxSteps)),
            GradientNorm = (0.6 + (2.4 * Math.Exp(-step / 120.0))) * Noise(0.25) * spike,
            Examples = (long)step * Rows,
            Epoch = (double)step * Rows / trainRows,
            Seconds = seconds,
            Tokens = (long)(Rows * (IsStepByStep ? 118 : 61) * Noise(0.04)),
            Flops = Rows * (IsStepByStep ? 118 : 61) * 6 * 1.1e6,
            MemoryBytes = (long)(6.1e8 + (2e7 * Math.Sin(step / 40.0))),
            CpuCores = 1.7 * Noise(0.05),
        };
        if (step % spec.EvalSteps == 0 || step == spec.MaxSteps)
        {
            yield return Evaluation(step);
            yield return Samples(step);
        }
    }

    public IEnumerable<RunEvent> End()
    {
        var test = new DistillStudio.Engine.Runs.TestResult(
            (double)Correct / TestRows, Correct, TestRows, spec.MaxSteps, CommonestRate: 0.006);
        yield return new Logged(LogSeverity.Information, "Tested the best and the last weights on 500 rows.");
        yield return new Finished(spec.MaxSteps, test, test, test, Accuracy(spec.MaxSteps), "model", spec.MaxSteps * 0.06);
    }

    /// <summary>The answers that a final test leaves in the run's folder.</summary>
    public void WriteAnswers(string folder)
    {
        Split test = Demo.Value.Splits[Dataset.Test];
        TrainingRow[] rows =
            [.. test.Rows.Take(TestRows).Select((row, i) => new TrainingRow(i, row.Input, row.Label, row.Label, null, null))];
        TestAnswers.Write(
            folder, rows, [.. rows.Select((row, i) => AnswerTo(row, isRight: i * 37 % TestRows < Correct))], KeepModel.Best, null);
    }

    private static Answer AnswerTo(TrainingRow row, bool isRight) =>
        new(row.Index, isRight ? row.Truth : $"{row.Truth} )", null, isRight, false, false);

    private int Correct => (int)(TestRows * (Accuracy(spec.MaxSteps) + 0.004));

    private EvaluationCompleted Evaluation(int step)
    {
        double label = Fall(step, 3.2, 0.36) * Noise(0.02);
        double? rationale = IsStepByStep ? Fall(step, 4.1, 0.75) * Noise(0.01) : null;
        int correct = (int)Math.Round(ValidRows * Math.Clamp(Accuracy(step) + (0.02 * (_random.NextDouble() - 0.5)), 0, 1));
        return new()
        {
            Step = step,
            Split = Dataset.Valid,
            Weights = "current",
            Accuracy = (double)correct / ValidRows,
            Correct = correct,
            Rows = ValidRows,
            LabelLoss = label,
            RationaleLoss = rationale,
            Loss = Total(label, rationale),
            Seconds = 1.1,
        };
    }

    private Sampled Samples(int step)
    {
        Split valid = Demo.Value.Splits[Dataset.Test];
        return new(step, [.. Enumerable.Range(0, 8).Select(i => SampleOf(valid, (i * 23) + 4, step))]);
    }

    private Sample SampleOf(Split split, int row, int step)
    {
        TeacherAnswer teacher = split.Teachers.Values.First()[row];
        bool isRight = (row * 37 % 100) / 100.0 < Accuracy(step);
        string truth = split.Rows[row].Label;
        string wrong = step < spec.MaxSteps / 5
            ? "( 12.0 + 12.0 )"
            : truth.Contains('+', StringComparison.Ordinal)
            ? truth.Replace('+', '-')
            : truth.Replace('*', '+').Replace('/', '*').Replace('-', '+');
        bool isCut = row % 3 == 0 && step < spec.MaxSteps / 3;
        string rationale = isRight || step > spec.MaxSteps / 2 ? teacher.Rationale : "The answer is the the number of of the numbers so we "
            + "add the numbers";
        return new(
            row, split.Rows[row].Input, truth, teacher.Label, teacher.Rationale, isRight ? truth : wrong,
            IsStepByStep ? (isCut ? rationale[..(rationale.Length / 2)] : rationale) : null, isRight, false, IsStepByStep && isCut);
    }

    private int Rows => spec.BatchSize * spec.GradSteps;

    private double Total(double label, double? rationale) => rationale is { } r ? (spec.Alpha * label) + ((1 - spec.Alpha) * r) : label;

    private double Accuracy(int step)
    {
        double t = (double)step / spec.MaxSteps;
        return Ceiling / (1 + Math.Exp(-14 * (t - (IsStepByStep ? 0.3 : 0.42))));
    }

    private double Fall(int step, double from, double to) =>
        to + ((from - to) * Math.Exp(-5.5 * step / spec.MaxSteps)) + (0.2 * from * Math.Exp(-step / 12.0));

    private double Noise(double size) => Math.Exp(size * (_random.NextDouble() + _random.NextDouble() + _random.NextDouble() - 1.5));
}
