using System.Collections.Concurrent;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Notices;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Notices;

/// <summary>The source of notices over a history into which events are written.</summary>
internal sealed class NoticeBench : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    public NoticeBench()
    {
        History = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        var reader = new StudyReader(
            _folder.Home, new StudyStore(_folder.Home), new RunCatalog(_folder.Home, RunSidecar.IsDeleted), History);
        var studies = new DecidedStudies(reader, NullLogger<DecidedStudies>.Instance);
        Source = new NoticeSource(History, studies, TimeProvider.System, NullLogger<NoticeSource>.Instance);
        Source.Noticed += Noticed.Enqueue;
    }

    public RunHistory History { get; }

    public NoticeSource Source { get; }

    public ConcurrentQueue<Notice> Noticed { get; } = [];

    public async Task<NoticeBench> StartAsync()
    {
        await Source.StartAsync(TestContext.Current.CancellationToken);
        return this;
    }

    /// <summary>Adds a run with events that happen now, and waits until each was looked at.</summary>
    public void Happen(string id, params RunEvent[] events) => Happen(id, DateTimeOffset.UtcNow, events);

    public void Happen(string id, DateTimeOffset time, params RunEvent[] events)
    {
        History.Add(RunScript.Summary(id));
        History.Append(id, [.. events.Select((e, i) => e with { Number = i + 1, Time = time })], Bookmark.Start);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.StopAsync(CancellationToken.None);
        Source.Dispose();
        History.Dispose();
        _folder.Dispose();
    }
}
