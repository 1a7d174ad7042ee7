using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>Makes reports on runs, wherever their events are read from. Reads all of them, and takes a while for long runs.</summary>
/// <param name="eventsOf">Returns the events of a run, in order.</param>
internal sealed class RunReports(Func<RunSummary, IEnumerable<RunEvent>> eventsOf)
{
    public Report Of(RunSummary run) => RunReport.Of(run, Read(run, RunText.Title(run)));

    /// <param name="runs">At least two, baseline first.</param>
    /// <param name="margin">As for <see cref="Verdict.Of"/>.</param>
    /// <param name="all">All runs of the home, to tell how much seeds differ.</param>
    /// <param name="isAtEqualCompute">As for <see cref="Verdict.Of"/>.</param>
    public Report Of(IReadOnlyList<RunSummary> runs, double margin, IEnumerable<RunSummary> all, bool isAtEqualCompute)
    {
        IReadOnlyList<string> names = RunNames.Of(runs);
        ReportedRun[] read = [.. runs.Select((run, i) => Read(run, names[i]))];
        return ComparisonReport.Of(Verdict.Of([.. read.Select(run => run.Run)], margin, ComparedRuns.Others(all, runs), isAtEqualCompute), read);
    }

    private ReportedRun Read(RunSummary run, string name) => ReportedRun.Read(ComparedRuns.Blank(run, name), eventsOf(run));
}
