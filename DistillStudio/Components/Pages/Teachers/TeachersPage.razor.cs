using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Teachers;

namespace DistillStudio.Components.Pages.Teachers;

/// <summary>Page of all teacher jobs.</summary>
public sealed partial class TeachersPage(TeacherManager manager, StudioHome home, PagePresence presence, TimeProvider time)
    : LiveComponent, IDisposable
{
    private IReadOnlyList<TeacherJobView>? _jobs;
    private TeacherWatch? _watch;

    protected override void OnInitialized()
    {
        _watch = new TeacherWatch(manager, home, presence, time, () => RunAsync(ReadAsync));
        Start(ReadAsync);
    }

    public void Dispose() => _watch?.Dispose();

    private async Task ReadAsync()
    {
        _jobs = await Task.Run(manager.List);
        StateHasChanged();
    }
}
