using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Reports;

/// <summary>A run with its recorded course, as reports show it.</summary>
/// <param name="Run">The run, updated by its events.</param>
/// <param name="Curves">Losses and accuracy.</param>
/// <param name="Evaluations">All evaluations, in order.</param>
/// <param name="Warnings">Warnings and errors of its log, each once.</param>
internal sealed record ReportedRun(
    ComparedRun Run,
    RunCurves Curves,
    IReadOnlyList<EvaluationCompleted> Evaluations,
    IReadOnlyList<string> Warnings)
{
    /// <summary>Reads a run in one pass over its events.</summary>
    /// <param name="blank">The run before its events are read.</param>
    /// <param name="events">All its events, in order.</param>
    public static ReportedRun Read(ComparedRun blank, IEnumerable<RunEvent> events)
    {
        var curves = new RunCurves();
        List<EvaluationCompleted> evaluations = [];
        List<string> warnings = [];
        var run = ComparedRun.Of(blank, Observed());
        return new(run, curves, evaluations, [.. warnings.Distinct()]);

        IEnumerable<RunEvent> Observed()
        {
            foreach (RunEvent happened in events)
            {
                curves.Add(happened);
                if (happened is EvaluationCompleted evaluation)
                {
                    evaluations.Add(evaluation);
                }
                else if (happened is Logged { Severity: not LogSeverity.Information } line)
                {
                    warnings.Add(line.Message);
                }

                yield return happened;
            }
        }
    }
}
