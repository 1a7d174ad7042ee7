using DistillStudio.Engine.Studies;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Which study a run belongs to, and what distinguishes the run within it.</summary>
public static class RunStudy
{
    private const string Prefix = "study/";

    /// <summary>Returns the id of the run's study; null if it belongs to none.</summary>
    public static string? IdOf(RunSummary run) =>
        run.Group is { } group && group.StartsWith(Prefix, StringComparison.Ordinal) ? group[Prefix.Length..] : null;

    /// <summary>
    /// Returns the study whose name begins the name that a study gave to the run; null if there is none. Finds also the runs that a study
    /// made in a terminal. A name that a person gave counts for nothing.
    /// </summary>
    public static Study? Find(RunSummary run, IReadOnlyList<Study> studies)
    {
        string? id = IdOf(run);
        return studies.FirstOrDefault(study => study.Id == id)
            ?? (id is null ? studies.Where(study => BeginsWith(run, study)).MaxBy(study => study.Name.Length) : null);
    }

    /// <summary>Returns the runs, each that a study made in a terminal as a member of that study.</summary>
    public static IReadOnlyList<RunSummary> Assign(IReadOnlyList<RunSummary> runs, IReadOnlyList<Study> studies) => studies.Count == 0
        ? runs
        : [.. runs.Select(run => run.Group is null && Find(run, studies) is { } study ? run with { Group = Prefix + study.Id } : run)];

    /// <summary>Returns the run's title without the study's name, which all runs of the study share.</summary>
    public static string ShortTitle(RunSummary run, Study? study)
    {
        string title = Presentation.RunText.Title(run);
        return study is not null && BeginsWith(run, study) ? title[Start(study).Length..] : title;
    }

    private static bool BeginsWith(RunSummary run, Study study) =>
        run.Spec.Name is { } name && (run.Name ?? name) == name && name.Length > Start(study).Length
            && name.StartsWith(Start(study), StringComparison.Ordinal);

    private static string Start(Study study) => $"{study.Name}: ";
}
