using System.Threading.Channels;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Notices;

/// <summary>
/// Raises a notice when a run ends or collapses and when a study is decided, whichever process trains it. Ignores what happened
/// before the studio started.
/// </summary>
internal sealed class NoticeSource(RunHistory history, DecidedStudies studies, TimeProvider time, ILogger<NoticeSource> log)
    : BackgroundService
{
    /// <summary>Maximum number of pending changes; more are dropped rather than blocking the thread that made them.</summary>
    private const int MostWaiting = 1000;

    /// <summary>Number of ids kept, since the events of a resumed run are read again.</summary>
    private const int MostRaised = 1000;

    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly Channel<(string RunId, RunEvent Event)> _waiting = Channel.CreateBounded<(string RunId, RunEvent Event)>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Queue<string> _raised = new();

    /// <summary>Raised on a thread of the pool, one notice after the other. Handlers must return quickly.</summary>
    public event Action<Notice>? Noticed;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        history.Changed += OnChanged;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        history.Changed -= OnChanged;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Run(studies.Begin, stoppingToken);
        await foreach ((string runId, RunEvent happened) in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            Consider(runId, happened);
        }
    }

    private void OnChanged(RunChange change)
    {
        if (change is { Events.Count: 0, IsUrgent: true } && history.Find(change.RunId) is { Failure: { Number: 0 } failure } run
            && run.EndedAt >= _start)
        {
            _waiting.Writer.TryWrite((change.RunId, failure with { Time = run.EndedAt.Value })); // it could not be recorded
        }

        foreach (RunEvent happened in change.Events)
        {
            if (happened is Finished or Failed or Cancelled or Logged { IsCollapse: true } && happened.Time >= _start)
            {
                _waiting.Writer.TryWrite((change.RunId, happened));
            }
        }
    }

    private void Consider(string runId, RunEvent happened)
    {
        try
        {
            if (history.Find(runId) is { DeletedAt: null, Origin: null } run)
            {
                Raise(Of(run, happened));
                if (happened is not Logged)
                {
                    studies.Decided(time.GetUtcNow()).ToList().ForEach(Raise);
                }
            }
        }
        catch (Exception e)
        {
            log.LogError(e, "A notice could not be created; runs are not affected.");
        }
    }

    private void Raise(Notice? notice)
    {
        if (notice is null || _raised.Contains(notice.Id))
        {
            return;
        }

        _raised.Enqueue(notice.Id);
        if (_raised.Count > MostRaised)
        {
            _raised.Dequeue();
        }

        Noticed?.Invoke(notice);
    }

    /// <summary>Returns null for an end caused by the user, which needs no notice.</summary>
    private static Notice? Of(RunSummary run, RunEvent happened)
    {
        string name = RunText.Title(run);
        (NoticeKind Kind, string Title, string Text)? content = happened switch
        {
            Finished e when CollapseOf(run, e) is { } collapse => (NoticeKind.Collapsed, $"{name} finished collapsed", collapse),
            Finished e => (NoticeKind.Finished, $"{name} finished", TextOf(e)),
            Failed { IsDivergence: true } e => (NoticeKind.Diverged, $"{name} diverged", e.Message),
            Failed e => (NoticeKind.Failed, $"{name} failed", e.Message),
            Logged e => (NoticeKind.Collapsed, $"{name} may have collapsed", e.Message),
            _ => null,
        };
        return content is { } notice
            ? new($"{run.Id}/{happened.Number}", notice.Kind, notice.Title, notice.Text, RunText.Address(run), happened.Time)
            : null;
    }

    private static string TextOf(Finished e) => e.Test is { } test
        ? $"Test accuracy {Format.Percent(test.Accuracy)} ({Format.Count(test.Correct)} of {Format.Count(test.Rows)}) after "
            + $"{Format.Count(e.Step)} steps in {Format.Duration(e.Seconds)}."
        : $"{Format.Count(e.Step)} steps in {Format.Duration(e.Seconds)}.";

    /// <summary>Returns the sentence that the run collapsed; null if it did not.</summary>
    private static string? CollapseOf(RunSummary run, Finished finished)
    {
        ComparedRun ended = ComparedRuns.Blank(run with { Result = finished }, RunText.Title(run));
        return Collapse.Of(ended) is { } why ? Collapse.Sentence(ended, why) : null;
    }
}
