using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands.Progress;

/// <summary>Formats the events of a run as human-readable lines, identical in a terminal and in a log file.</summary>
internal static class EventText
{
    /// <summary>Returns the lines for an event; none for events that are too frequent.</summary>
    public static IEnumerable<string> Describe(RunEvent happened, RunProgress after) => happened switch
    {
        Started e => Start(e),
        EvaluationCompleted { Split: Dataset.Valid } e => [Evaluation(e, after)],
        EvaluationCompleted e =>
            [$"test with the {e.Weights} weights: accuracy {Percent(e.Accuracy)} ({e.Correct:N0} of {e.Rows:N0})  "
                + $"{Losses(e.LabelLoss, e.RationaleLoss)}"],
        Logged e => [e.Severity == LogSeverity.Information ? e.Message : $"{e.Severity.ToString().ToLowerInvariant()}: {e.Message}"],
        Paused e => [$"paused after step {e.Step:N0}"],
        Resumed e => [$"resumed after step {e.Step:N0}"],
        StoppedEarly e => [e.Text],
        Cancelled e => [$"stopped after step {e.Step:N0}"],
        Finished e => End(e),
        _ => [],
    };

    /// <summary>Returns the run's current status in one line.</summary>
    public static string Status(RunProgress progress)
    {
        if (progress is not { Started: { } started, Last: { } last })
        {
            return progress.Phase?.Text ?? "loading data and model";
        }

        if (progress.Phase is { } phase)
        {
            return $"step {last.Step:N0} of {started.Spec.MaxSteps:N0}  {phase.Text}";
        }

        if (progress.Evaluating is { } evaluation)
        {
            return $"step {last.Step:N0} of {started.Spec.MaxSteps:N0}  {evaluation.Text}{Left(progress)}";
        }

        string line = $"step {last.Step:N0} of {started.Spec.MaxSteps:N0}  {Losses(last.LabelLoss, last.RationaleLoss)}  {Rate(progress)}";
        return line + Left(progress);
    }

    public static string Losses(double label, double? rationale) =>
        rationale is { } r ? $"label loss {Loss(label)}  rationale loss {Loss(r)}" : $"label loss {Loss(label)}";

    public static string Rate(RunProgress progress) => progress.StepsPerSecond switch
    {
        null => "",
        >= 1 and { } rate => $"{rate.ToString("0.0", CultureInfo.InvariantCulture)} steps/s",
        { } rate => $"{(1 / rate).ToString("0.0", CultureInfo.InvariantCulture)} s/step",
    };

    public static string Percent(double share) => $"{(100 * share).ToString("0.0", CultureInfo.InvariantCulture)} %";

    /// <summary>Formats a duration with at most its two largest units, from days down to seconds.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds:00} s",
        _ => $"{time.Seconds} s",
    };

    private static string Test(TestResult test, string which, TestResult? exported) =>
        $"test accuracy {Percent(test.Accuracy)} ({test.Correct:N0} of {test.Rows:N0}) with the weights of step {test.Step:N0}, "
            + $"{which}{(test.Step == exported?.Step ? "; exported" : "")}";

    private static string Left(RunProgress progress) => progress.TimeLeft is { } left ? $"  {Duration(left)} left" : "";

    private static string Loss(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Start(Started e)
    {
        RunSpec spec = e.Spec;
        string labels = spec.LabelSource == LabelSource.Llm ? $"labels of {spec.Teacher}" : "true labels";
        string method = spec.Method switch
        {
            MethodNames.Standard => "standard training",
            MethodNames.TaskPrefix => $"step-by-step, rationales of {spec.Teacher}, alpha {SettingsTable.Alpha.Display(spec)}",
            _ => $"{spec.Method}, rationales of {spec.Teacher}",
        };
        yield return $"{spec.Dataset}: {method}, {labels}, seed {spec.Seed}";
        if (spec is { Branch: { } parent, BranchStep: { } step })
        {
            yield return $"branch of {parent} from step {step:N0} on";
        }

        yield return $"{e.TrainRows:N0} training rows, {e.ValidRows:N0} validation, {e.TestRows:N0} test";
        yield return $"{(e.Parameters / 1e6).ToString("0.0", CultureInfo.InvariantCulture)} M parameters in {e.Precision} on {e.Device}"
            + $", {e.Threads} thread{(e.Threads == 1 ? "" : "s")}";
    }

    private static string Evaluation(EvaluationCompleted e, RunProgress after)
    {
        string best = after.Best?.Step == e.Step ? "  best so far" : "";
        return $"step {e.Step:N0}  validation accuracy {Percent(e.Accuracy)} ({e.Correct:N0} of {e.Rows:N0})  "
            + $"{Losses(e.LabelLoss, e.RationaleLoss)}{best}";
    }

    private static IEnumerable<string> End(Finished e)
    {
        yield return $"finished after {e.Step:N0} steps in {Duration(TimeSpan.FromSeconds(e.Seconds))}";
        if (e.TestBest is { } best && e.TestLast is { } last && best.Step != last.Step)
        {
            yield return Test(best, "best on validation", e.Test);
            yield return Test(last, "the last", e.Test);
        }
        else if (e.Test is { } test)
        {
            yield return $"test accuracy {Percent(test.Accuracy)} ({test.Correct:N0} of {test.Rows:N0}) with the weights of step "
                + $"{test.Step:N0}";
        }

        yield return $"model: {e.Model}";
    }
}
