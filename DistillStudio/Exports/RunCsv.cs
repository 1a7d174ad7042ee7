using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Exports;

/// <summary>The lines of a run's CSV files, from its events; identical in a download and in <c>runs export</c>.</summary>
internal static class RunCsv
{
    public const string StepsName = "metrics.csv";
    public const string EvaluationsName = "evaluations.csv";

    /// <summary>Beside the others if lines of the event file cannot be read: a table has no place to say so.</summary>
    public const string GapsName = "unreadable-lines.txt";

    /// <summary>Returns the header, then one line per step.</summary>
    public static IEnumerable<string> Steps(IEnumerable<RunEvent> events) => events
        .OfType<StepCompleted>()
        .Select(step => Csv.Line(StepColumn.Downloaded.Select(column => column.Export(step))))
        .Prepend(Csv.Line(StepColumn.Downloaded.Select(column => column.Name)));

    /// <summary>Returns the header, then one line per evaluation.</summary>
    public static IEnumerable<string> Evaluations(IEnumerable<RunEvent> events) => events
        .OfType<EvaluationCompleted>()
        .Select(look => Csv.Line(EvaluationColumn.All.Select(column => column.Export(look))))
        .Prepend(Csv.Line(EvaluationColumn.All.Select(column => column.Name)));
}
