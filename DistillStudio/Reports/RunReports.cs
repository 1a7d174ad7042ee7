using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>Creates reports on runs, wherever their events are stored. Reads all events, which takes a while for long runs.</summary>
/// <param name="eventsOf">Returns the events of a run, in order.</param>
internal sealed class RunReports(Func<RunSummary, IEnumerable<RunEvent>> eventsOf)
{
    public Report Of(RunSummary run) => RunReport.Of(run, Read(run, RunText.Title(run)));

    /// <summary>Returns the card of the model that a run trained.</summary>
    /// <param name="origin">The model that it started from; null if unknown.</param>
    public string CardOf(RunSummary run, BaseModel? origin) => ModelCardReport.Of(run, Read(run, RunText.Title(run)), origin);

    /// <param name="runs">At least two, baseline first.</param>
    /// <param name="margin">As for <see cref="Verdict.Of"/>.</param>
    /// <param name="all">All runs of the home, to estimate the variation between seeds.</param>
    /// <param name="isAtEqualCompute">As for <see cref="Verdict.Of"/>.</param>
    /// <exception cref="InputException">Fewer than two are trained runs rather than imported curves.</exception>
    public Report Of(IReadOnlyList<RunSummary> runs, double margin, IEnumerable<RunSummary> all, bool isAtEqualCompute)
    {
        runs = [.. runs.Where(run => !run.Spec.IsCurvesOnly)];
        if (runs.Count < 2)
        {
            throw new InputException("A report compares at least two trained runs; imported curves, without answers to test rows, "
                + "do not count.");
        }

        IReadOnlyList<string> names = RunNames.Of(runs);
        ReportedRun[] read = [.. runs.Select((run, i) => Read(run, names[i]))];
        return ComparisonReport.Of(
            Verdict.Of([.. read.Select(run => run.Run)], margin, ComparedRuns.Others(all, runs), isAtEqualCompute), read);
    }

    private ReportedRun Read(RunSummary run, string name) => ReportedRun.Read(ComparedRuns.Blank(run, name), eventsOf(run));
}
