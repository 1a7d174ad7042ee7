using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Tests.Support;

/// <summary>Runs in separate folders, with the answers that a final test writes.</summary>
internal sealed class VerdictScene : IDisposable
{
    private const int Steps = 800;
    private readonly TempFolder _folder = new();
    private int _count;

    public static RunSpec Standard { get; } = RunDefaults.DemoStandard with { MaxSteps = Steps };

    public static RunSpec StepByStep { get; } = RunDefaults.Demo with { MaxSteps = Steps };

    public void Dispose() => _folder.Dispose();

    /// <summary>A finished run that is right where <paramref name="isRight"/> says so.</summary>
    /// <param name="spec">Its settings.</param>
    /// <param name="isRight">By row.</param>
    /// <param name="rows">Number of test rows.</param>
    /// <param name="threads">Threads it was computed with.</param>
    /// <param name="order">Positions of the rows in the file; null for ascending.</param>
    /// <param name="content">Distinguishes the rows of one file from those of another.</param>
    /// <param name="flops">Operations of a step.</param>
    /// <param name="label">The answer to a row.</param>
    public ComparedRun Finished(
        RunSpec spec, Func<int, bool> isRight, int rows = 500, int threads = 1, int[]? order = null, string content = "row",
        double flops = 1e9, Func<int, string>? label = null)
    {
        order ??= [.. Enumerable.Range(0, rows)];
        TrainingRow[] tested =
            [.. order.Select((row, place) => new TrainingRow(place, $"{content} {row}", $"{row}", $"{row}", null, null))];
        Answer[] answers =
            [.. order.Select((row, place) => new Answer(place, label?.Invoke(row) ?? $"{row}", null, isRight(row), false, false))];
        ComparedRun blank = Blank(spec);
        Directory.CreateDirectory(blank.Folder);
        TestAnswers.Write(blank.Folder, tested, answers, KeepModel.Best, null);
        int correct = answers.Count(answer => answer.IsCorrect);
        var test = new DistillStudio.Engine.Runs.TestResult((double)correct / rows, correct, rows, Steps, CommonestRate: 0.01);
        return ComparedRun.Of(blank, [.. Begun(spec, threads, flops), new Finished(Steps, test, test, test, 0.5, "model", 1)]);
    }

    /// <summary>A run that ended with these events.</summary>
    public ComparedRun Of(RunSpec spec, bool hasEnded, params IEnumerable<RunEvent> events) =>
        ComparedRun.Of(Blank(spec) with { HasEnded = hasEnded }, events);

    /// <summary>Start, steps and two evaluations on validation.</summary>
    public static IEnumerable<RunEvent> Begun(RunSpec spec, int threads = 1, double flops = 1e9)
    {
        yield return RunScript.Started(spec) with { Threads = threads };
        for (int step = 1; step <= Steps; step++)
        {
            yield return RunScript.Step(step, spec) with { Flops = flops };
            if (step % 400 == 0)
            {
                yield return RunScript.Valid(step, 0.4 + (step / 4000.0));
            }
        }
    }

    private ComparedRun Blank(RunSpec spec) => new()
    {
        Id = $"run-{_count}",
        Name = $"{MethodNames.Title(spec.Method)}, seed {spec.Seed}",
        Folder = _folder[$"run-{_count++}"],
        Spec = spec,
        HasEnded = true,
    };
}
