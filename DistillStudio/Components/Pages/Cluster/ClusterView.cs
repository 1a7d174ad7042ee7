using DistillStudio.Components.Interactivity;

namespace DistillStudio.Components.Pages.Cluster;

/// <summary>View state of the cluster's page, stored in the URL.</summary>
/// <param name="Edit">Name of the profile in the form; null for none.</param>
/// <param name="IsNew">True if the form makes a profile.</param>
/// <param name="AllJobs">True if the table of jobs is shown whole.</param>
/// <param name="AllNodes">True if the table of nodes is shown whole.</param>
public sealed record ClusterView(string? Edit = null, bool IsNew = false, bool AllJobs = false, bool AllNodes = false)
{
    public const string EditKey = "edit";

    public static ClusterView Read(PageQuery query) =>
        new(query.Text(EditKey), query.Flag("new"), query.Flag("jobs"), query.Flag("nodes"));

    public PageQuery Write() =>
        new PageQuery().Set(EditKey, Edit).Set("new", IsNew).Set("jobs", AllJobs).Set("nodes", AllNodes);
}
