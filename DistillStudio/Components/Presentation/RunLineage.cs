using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>A run among the runs that it came from and those that branched from it.</summary>
/// <param name="Ancestors">The runs it came from, the first one first; without those that no longer exist.</param>
/// <param name="Run">The run itself.</param>
/// <param name="Branches">The runs that branched from it, by step.</param>
public sealed record RunLineage(IReadOnlyList<RunSummary> Ancestors, RunSummary Run, IReadOnlyList<RunSummary> Branches)
{
    /// <summary>Maximum number of ancestors in a lineage; more only occur in files that were edited by hand.</summary>
    private const int MostAncestors = 50;

    /// <summary>True for a run that neither branched nor was branched from.</summary>
    public bool IsAlone => Run.Spec.Branch is null && Branches.Count == 0;

    /// <summary>Id of the run from which the first of the lineage branched, if that no longer exists; otherwise null.</summary>
    public string? Missing => (Ancestors.Count > 0 ? Ancestors[0] : Run).Spec.Branch;

    /// <param name="run">A run.</param>
    /// <param name="all">The runs of the home that are not deleted.</param>
    public static RunLineage Of(RunSummary run, IReadOnlyList<RunSummary> all)
    {
        List<RunSummary> ancestors = [];
        while (ancestors.Count < MostAncestors && ParentOf(ancestors.Count > 0 ? ancestors[0] : run, all) is { } parent
            && parent.Id != run.Id && ancestors.TrueForAll(known => known.Id != parent.Id))
        {
            ancestors.Insert(0, parent);
        }

        return new(
            ancestors, run,
            [
                .. all.Where(other => other.Id != run.Id && ParentOf(other, all)?.Id == run.Id)
                    .OrderBy(other => other.Spec.BranchStep)
                    .ThenBy(other => other.CreatedAt)
                    .ThenBy(other => other.Id, StringComparer.Ordinal)
            ]);
    }

    /// <summary>Returns the run that another branched from, also under the id that an import gave it; null if it does not exist.</summary>
    public static RunSummary? ParentOf(RunSummary run, IReadOnlyList<RunSummary> all) => run.Spec.Branch is not { } id ? null
        : all.FirstOrDefault(other => other.Id == id) ?? all.FirstOrDefault(other => other.Origin?.Id == id);
}
