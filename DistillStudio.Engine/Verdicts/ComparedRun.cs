using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>An evaluation on validation, and what training had taken by then.</summary>
public sealed record ValidatedPoint(EvaluationCompleted Evaluation, TrainingCost Cost);

/// <summary>A run as a comparison sees it.</summary>
public sealed record ComparedRun
{
    public required string Id { get; init; }

    /// <summary>The name by which sentences call the run.</summary>
    public required string Name { get; init; }

    /// <summary>The run's folder, which holds its answers to the test rows.</summary>
    public required string Folder { get; init; }

    public required RunSpec Spec { get; init; }

    /// <summary>True if no process trains the run, and none waits to.</summary>
    public bool HasEnded { get; init; }

    /// <summary>True if a user ended the run.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>The last start; null before it.</summary>
    public Started? Environment { get; init; }

    /// <summary>What the run was computed with, in order: several if it was resumed elsewhere, none before its start.</summary>
    public IReadOnlyList<RunEnvironment> Environments { get; init; } = [];

    /// <summary>Evaluations on validation, by step.</summary>
    public IReadOnlyList<ValidatedPoint> Validated { get; init; } = [];

    /// <summary>What training took so far.</summary>
    public TrainingCost Cost { get; init; } = TrainingCost.None;

    /// <summary>The result; null unless the run finished.</summary>
    public Finished? Result { get; init; }

    /// <summary>The failure; null unless the run failed.</summary>
    public Failed? Failure { get; init; }

    /// <summary>Number of lines in the event file that hold no event.</summary>
    public int UnreadableLines { get; init; }

    /// <summary>Test result of the exported weights; null if there is none.</summary>
    public TestResult? Test => Result?.Test;

    /// <summary>Reads a run from its events.</summary>
    /// <param name="blank">What is known without its events.</param>
    /// <param name="events">All its events, in order; consecutive steps may be merged into one that sums what they took.</param>
    public static ComparedRun Of(ComparedRun blank, IEnumerable<RunEvent> events)
    {
        var environments = new List<RunEnvironment>();
        var validated = new List<ValidatedPoint>();
        ComparedRun run = blank;
        TrainingCost cost = TrainingCost.None;
        foreach (RunEvent happened in events)
        {
            switch (happened)
            {
                case StepCompleted step:
                    cost = new(step.Step, step.Examples, cost.Tokens + step.Tokens, cost.Flops + step.Flops, cost.Seconds + step.Seconds);
                    break;
                case EvaluationCompleted { Split: Dataset.Valid } look when look.Step > (blank.Spec.BranchStep ?? 0):
                    validated.Add(new(look, cost));
                    break;
                case Started started when RunEnvironment.Of(started) is var environment:
                    environments = environments.Count == 0
                        || cost.Step == 0 ? [environment] : environments[^1] == environment ? environments : [.. environments, environment];
                    run = run with { Environment = started };
                    break;
                case Resumed:
                    run = run with { Result = null, Failure = null, IsCancelled = false };
                    break;
                case Finished finished:
                    run = run with { Result = finished };
                    break;
                case Failed failed:
                    run = run with { Failure = failed };
                    break;
                case Cancelled:
                    run = run with { IsCancelled = true };
                    break;
            }
        }

        return run with { Environments = environments.Count > 0 ? environments : blank.Environments, Validated = validated, Cost = cost };
    }
}
