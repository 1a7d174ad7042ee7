using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Verification;

/// <summary>
/// Checks a record for consistency, without recomputing anything: figures that follow from the settings or from other figures, steps and
/// evaluations that must be there, and the result against the answers from which it was counted.
/// </summary>
internal static class RecordChecks
{
    /// <summary>Relative error of a sum that is computed in another order in double precision.</summary>
    private const double Rounding = 1e-9;

    /// <summary>Maximum missing evaluations reported: a false number of steps could imply millions.</summary>
    private const int MostGaps = 100;

    public static IEnumerable<Finding> Of(RunRecord record) =>
        [
            .. Unreadable(record), .. record.Disorder, .. Settings(record), .. Steps(record), .. Evaluations(record), .. Result(record),
            .. Answers(record),
        ];

    /// <summary>Returns true if two figures are equal up to rounding; NaN equals NaN.</summary>
    internal static bool AreEqual(double a, double b) => a.Equals(b) || Math.Abs(a - b) <= Rounding * Math.Max(Math.Abs(a), Math.Abs(b));

    private static IEnumerable<Finding> Unreadable(RunRecord record) => record.UnreadableLines.Select(line => new Finding(
        RunRecord.EventsPlace, null, string.Create(CultureInfo.InvariantCulture, $"line {line}"), "unreadable text", "no event"));

    private static IEnumerable<Finding> Settings(RunRecord record)
    {
        RunSpec spec = record.Folder.ReadSpec();
        Finding[] branch = spec.Branch == record.Branched?.Run && spec.BranchStep == record.Branched?.Step
            ? []
            : [new(RunFolder.SpecName, null, SettingsTable.Branch.JsonName, Describe(spec.Branch, spec.BranchStep),
                $"{Describe(record.Branched?.Run, record.Branched?.Step)} in {RunRecord.EventsPlace}")];
        return branch.Concat(record.Starts.SelectMany(start => RunCheckpoint.Differing(spec, start.Spec).Select(setting =>
        {
            string recorded = setting.Write(start.Spec) ?? "nothing";
            return new Finding(
                RunFolder.SpecName, null, setting.JsonName, setting.Write(spec) ?? "nothing", $"{recorded} in {RunRecord.EventsPlace}");
        })).Distinct());
    }

    private static string Describe(string? run, int? step) =>
        run is null ? "no branch" : string.Create(CultureInfo.InvariantCulture, $"a branch of {run} at step {step}");

    private static IEnumerable<Finding> Steps(RunRecord record)
    {
        int rows = Math.Max(1, record.StartOf(1).TrainRows);
        var order = new BatchOrder(rows, record.Spec.BatchSize, record.Spec.GradSteps, record.Spec.Seed);
        var count = new ExampleCount(order, rows, record.BranchPoint);
        int end = record.PatienceEnd ?? record.Spec.MaxSteps;
        if (record.Finished is { } finished && finished.Step != end)
        {
            yield return Whole(finished.Step, "finished, step", finished.Step, end);
        }

        if (record.StoppedEarly is { } stopped && (stopped.Step, stopped.BestStep) != (record.PatienceEnd, record.Best?.Step))
        {
            yield return Whole(stopped.Step, "stoppedEarly, bestStep", stopped.BestStep, record.Best?.Step ?? 0);
        }

        int expected = record.FirstStep + 1;
        foreach (StepCompleted step in record.Steps.Values)
        {
            if (step.Step != expected)
            {
                yield return Gap(expected, step.Step);
            }

            expected = step.Step + 1;
            if (step.Step < 1 || step.Step > record.Spec.MaxSteps)
            {
                yield return Whole(step.Step, "step", step.Step, record.Spec.MaxSteps);
                continue;
            }

            foreach (Finding finding in Step(record.Spec, step, count))
            {
                yield return finding;
            }
        }

        if (record.Finished is { } done && done.Step > record.LastStep)
        {
            yield return Gap(record.LastStep + 1, done.Step + 1L);
        }
    }

    private static Finding Gap(int step, long next) => new(
        RunRecord.EventsPlace, step, "step", "nothing", string.Create(CultureInfo.InvariantCulture, $"a gap up to step {next - 1}"));

    private static IEnumerable<Finding> Step(RunSpec spec, StepCompleted step, ExampleCount count)
    {
        double rate = LearningRateSchedule.Rate(spec, step.Step - 1);
        long examples = count.Examples(step.Step);
        if (!AreEqual(step.LearningRate, rate))
        {
            yield return Number(step.Step, "learningRate", step.LearningRate, rate);
        }

        if (step.Examples != examples)
        {
            yield return Whole(step.Step, "examples", step.Examples, examples);
        }

        if (!AreEqual(step.Epoch, count.Epoch(step.Step)))
        {
            yield return Number(step.Step, "epoch", step.Epoch, count.Epoch(step.Step));
        }

        if (Objective(spec, step.LabelLoss, step.RationaleLoss) is { } loss && !AreEqual(step.Loss, loss))
        {
            yield return Number(step.Step, "loss", step.Loss, loss);
        }
    }

    private static IEnumerable<Finding> Evaluations(RunRecord record)
    {
        int last = record.Finished?.Step ?? 0;
        foreach (int step in Due(record.Spec, record.FirstStep, last).Where(step => !record.Validations.ContainsKey(step)).Take(MostGaps))
        {
            yield return new(RunRecord.EventsPlace, step, "evaluated", "nothing", "an evaluation that is due");
        }

        foreach (EvaluationCompleted evaluation in record.Validations.Values.Concat(record.Tests.Values))
        {
            double accuracy = (double)evaluation.Correct / evaluation.Rows;
            if (!AreEqual(evaluation.Accuracy, accuracy))
            {
                yield return Number(evaluation.Step, $"{evaluation.Split} accuracy", evaluation.Accuracy, accuracy);
            }

            if (evaluation.Split == Dataset.Valid
                && record.ValidAnswers.GetValueOrDefault(evaluation.Step) is { } answers
                && answers.Cast<bool>().Count(isRight => isRight) is var right
                && right != evaluation.Correct)
            {
                yield return Whole(evaluation.Step, "correct", right, evaluation.Correct) with { Place = ValidAnswers.FileName };
            }

            if (Objective(record.Spec, evaluation.LabelLoss, evaluation.RationaleLoss) is { } loss && !AreEqual(evaluation.Loss, loss))
            {
                yield return Number(evaluation.Step, $"{evaluation.Split} loss", evaluation.Loss, loss);
            }
        }
    }

    private static IEnumerable<int> Due(RunSpec spec, int first, int last)
    {
        for (long step = ((long)first / spec.EvalSteps * spec.EvalSteps) + spec.EvalSteps; step < last; step += spec.EvalSteps)
        {
            yield return (int)step;
        }

        if (last > 0)
        {
            yield return last;
        }
    }

    /// <summary>Compares the last event with the evaluations.</summary>
    private static IEnumerable<Finding> Result(RunRecord record)
    {
        if (record.Finished is not { } finished)
        {
            yield break;
        }

        if (finished.BestValidStep is { } best && best != record.Best?.Step)
        {
            yield return Whole(finished.Step, "bestValidStep", best, record.Best?.Step ?? 0);
        }

        if (finished.BestValidAccuracy is { } accuracy && record.Best is { } seen && !AreEqual(accuracy, seen.Accuracy))
        {
            yield return Number(finished.Step, "bestValidAccuracy", accuracy, seen.Accuracy);
        }

        IEnumerable<(string Field, TestResult? Reported, EvaluationCompleted? Recorded)> tests =
        [
            ("testLast", finished.TestLast, record.Tests.GetValueOrDefault("last")),
            ("testBest", finished.TestBest, TestOf(record, KeepModel.Best)),
            ("test", finished.Test, TestOf(record, finished.Exported)),
        ];
        foreach ((string field, TestResult? result, EvaluationCompleted? test) in tests)
        {
            if (result is not null && test is not null
                && (result.Correct, result.Rows, result.Step) != (test.Correct, test.Rows, test.Step))
            {
                string recorded = Describe(result.Correct, result.Rows, result.Step);
                yield return new(RunRecord.EventsPlace, finished.Step, field, recorded, Describe(test.Correct, test.Rows, test.Step));
            }
            else if (result is not null && !AreEqual(result.Accuracy, (double)result.Correct / result.Rows))
            {
                yield return Number(finished.Step, $"{field} accuracy", result.Accuracy, (double)result.Correct / result.Rows);
            }
        }
    }

    /// <summary>Returns the test of the exported weights; best and last are one test if the last weights are the best.</summary>
    internal static EvaluationCompleted? TestOf(RunRecord record, KeepModel? exported) =>
        (exported == KeepModel.Best ? record.Tests.GetValueOrDefault("best") : null) ?? record.Tests.GetValueOrDefault("last");

    private static IEnumerable<Finding> Answers(RunRecord record)
    {
        if (record.Finished?.Test is not { } test)
        {
            return [];
        }

        IReadOnlyList<TestAnswer> answers;
        try
        {
            answers = TestAnswers.Read(record.Folder.Path);
        }
        catch (InputException e)
        {
            string rows = test.Rows.ToString(CultureInfo.InvariantCulture);
            return [new(TestAnswers.FileName, null, "answers", e.Message.TrimEnd('.'), $"the answers to {rows} rows")];
        }

        int correct = answers.Count(answer => answer.IsCorrect);
        string stated = $"{Describe(test.Correct, test.Rows, test.Step)} in {RunRecord.EventsPlace}";
        return (correct, answers.Count) == (test.Correct, test.Rows)
            ? []
            : [new(TestAnswers.FileName, null, "isCorrect", Describe(correct, answers.Count, test.Step), stated)];
    }

    /// <summary>Returns the weighted sum of the losses; null for a method whose loss does not follow from its parts.</summary>
    private static double? Objective(RunSpec spec, double label, double? rationale) => spec.Method switch
    {
        MethodNames.Standard => label,
        MethodNames.TaskPrefix => (spec.Alpha * label) + ((1 - spec.Alpha) * (rationale ?? 0)),
        _ => null,
    };

    private static string Describe(int correct, int rows, int step) =>
        string.Create(CultureInfo.InvariantCulture, $"{correct} of {rows} right at step {step}");

    private static Finding Number(int step, string field, double recorded, double found) =>
        new(RunRecord.EventsPlace, step, field, Finding.Spell(recorded), Finding.Spell(found));

    private static Finding Whole(int step, string field, long recorded, long found) =>
        new(
            RunRecord.EventsPlace, step, field, recorded.ToString(CultureInfo.InvariantCulture),
            found.ToString(CultureInfo.InvariantCulture));
}
