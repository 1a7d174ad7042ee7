using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Live;
using DistillStudio.Teachers;

namespace DistillStudio.Components.Pages.Teachers;

/// <summary>Notifies a page of jobs that this studio or another process changed, at most once a second and not while the page is
/// hidden.</summary>
internal sealed class TeacherWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TeacherManager _manager;
    private readonly PagePresence _presence;
    private readonly Throttle _throttle;
    private readonly FolderWatch _files;

    public TeacherWatch(TeacherManager manager, StudioHome home, PagePresence presence, TimeProvider time, Func<Task> changed)
    {
        (_manager, _presence) = (manager, presence);
        _throttle = new Throttle(time, () => Interval, changed) { IsHeld = !presence.IsWatched };
        _files = new FolderWatch(presence, time, home.Teachers, () =>
        {
            _throttle.Signal();
            return Task.CompletedTask;
        });
        manager.Changed += OnChanged;
        presence.Changed += OnPresence;
    }

    public void Dispose()
    {
        _manager.Changed -= OnChanged;
        _presence.Changed -= OnPresence;
        _files.Dispose();
        _throttle.Dispose();
    }

    private void OnChanged() => _throttle.Signal();

    private void OnPresence(bool isWatched) => _throttle.IsHeld = !isWatched;
}
