using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.History;
using DistillStudio.Live;

namespace DistillStudio.Components.Layout;

/// <summary>Shows the active runs on every page.</summary>
public sealed partial class ActiveRuns(IRunHistory history, ILiveFeed feed, PagePresence presence) : LiveComponent, IDisposable
{
    private const int MaxShown = 6;

    private readonly ChangeTracker _changes = new();
    private IReadOnlyList<RunSummary> _runs = [];
    private string _heading = "";
    private PageSubscription? _subscription;

    protected override void OnInitialized()
    {
        Read();
        _subscription = new(feed.FollowRuns(() => RunAsync(Read)), presence);
    }

    public void Dispose() => _subscription?.Dispose();

    private void Read()
    {
        IReadOnlyList<RunSummary> all = history.ListRuns();
        _runs = [.. all.Where(r => r.State.IsActive()).OrderBy(r => r.StartedAt)];
        int queued = all.Count(r => r.State == RunState.Queued);
        _heading = queued == 0 ? "Active" : $"Active · {queued} queued";
        if (_changes.Any([_heading, _runs.Count, .. _runs.Take(MaxShown).SelectMany(What)]))
        {
            StateHasChanged();
        }
    }

    /// <summary>Returns the displayed values of a run.</summary>
    private static object?[] What(RunSummary run) => [run.Id, run.Color, RunText.Title(run), Doing(run)];

    private static string Doing(RunSummary run) => RunText.Phase(run) ?? Format.Share(run.Progress);
}
