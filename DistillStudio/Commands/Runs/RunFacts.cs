using DistillStudio.Cluster;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Models;

namespace DistillStudio.Commands.Runs;

/// <summary>The lines of <c>runs show</c>.</summary>
internal static class RunFacts
{
    /// <summary>Returns each known fact with its title; facts not known yet are omitted.</summary>
    public static IEnumerable<(string What, string Value)> Of(RunSummary run)
    {
        (string, string?)[] facts =
        [
            ("name", run.Name ?? run.Spec.Name),
            ("state", RunsCommand.Words(run.State)),
            ("on", run.Placement is { } placement ? ClusterText.Describe(placement, run.State) : null),
            ("failure", run.Failure?.Sentence),
            ("steps", $"{Format.Count(run.Step)} of {Format.Count(run.Spec.MaxSteps)}"),
            ("branch of", run.Spec.Branch is { } parent ? $"{parent}, from step {Format.Count(run.Spec.BranchStep ?? 0)} on" : null),
            ("early stop", run.StoppedEarly?.Text),
            ("best validation", run.Best is { } best ? $"{Format.Percent(best.Accuracy)} at step {Format.Count(best.Step)}" : null),
            ("last validation", run.LastValidAccuracy is { } last ? Format.Percent(last) : null),
            ("test, best weights", Test(run.Result?.TestBest)),
            ("test, last weights", Test(run.Result?.TestLast)),
            ("model", TrainedModel.FolderOf(run)),
            ("time", run.Elapsed > 0 ? Format.Duration(run.Elapsed) : null),
            (
                "computed on",
                run.Environment is { } e
                    ? $"{e.DeviceName ?? e.Device}, {e.Precision}, {Format.Plural(e.Threads, "thread")}, version {e.Version}"
                    : null),
            ("imported from", run.Origin?.ToString()),
            ("tags", run.Tags.Count > 0 ? string.Join(", ", run.Tags) : null),
            ("notes", run.Notes.Length > 0 ? run.Notes : null),
            ("started with", run.Spec.IsCurvesOnly ? null : SpecArguments.CommandLine(run.Spec)),
            ("folder", run.Folder),
        ];
        return facts.Where(fact => fact.Item2 is not null).Select(fact => (fact.Item1, fact.Item2!));
    }

    private static string? Test(TestResult? test) =>
        test is null ? null : $"{Format.Percent(test.Accuracy)} ({Format.Count(test.Correct)} of {Format.Count(test.Rows)}) of step "
            + $"{Format.Count(test.Step)}";
}
