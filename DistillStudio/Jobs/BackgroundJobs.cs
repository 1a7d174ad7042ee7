using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Jobs;

/// <summary>What a page can do with any background job.</summary>
public interface IBackgroundJobs
{
    void Cancel(string name);

    /// <summary>Forgets an ended job.</summary>
    void Dismiss(string name);
}

/// <summary>
/// Background work, one job per name: it continues when its page is closed, and a page that is opened later shows it.
/// </summary>
public abstract class BackgroundJobs<TJob>(ILogger log) : IBackgroundJobs, IDisposable
    where TJob : BackgroundJob
{
    private const long MillisecondsBetweenNews = 250;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (TJob Job, CancellationTokenSource Stop)> _jobs = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Raised on any thread, a few times a second at most while a job runs.</summary>
    public event Action? Changed;

    /// <summary>Returns the latest job of a name; null if there was none since the studio started.</summary>
    public TJob? Find(string name)
    {
        lock (_lock)
        {
            return _jobs.TryGetValue(name, out (TJob Job, CancellationTokenSource Stop) known) ? known.Job : null;
        }
    }

    public IReadOnlyList<TJob> All()
    {
        lock (_lock)
        {
            return [.. _jobs.Values.Select(known => known.Job)];
        }
    }

    public void Cancel(string name)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(name, out (TJob Job, CancellationTokenSource Stop) known) && known.Job.IsRunning)
            {
                known.Stop.Cancel();
            }
        }
    }

    public void Dismiss(string name)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(name, out (TJob Job, CancellationTokenSource Stop) known) && !known.Job.IsRunning)
            {
                _jobs.Remove(name);
            }
        }

        Changed?.Invoke();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach ((TJob _, CancellationTokenSource stop) in _jobs.Values)
            {
                stop.Cancel(); // the token is still used by the ending job
            }
        }

        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Creates a job as it stands.</summary>
    protected abstract TJob Create(string name, BackgroundJobState state, string text, double? share);

    /// <summary>Adds the details of the failure to a failed job.</summary>
    protected virtual TJob Explain(TJob failed, Exception e) => failed;

    /// <summary>Starts a job on its own thread, so as not to occupy a pool thread that serves pages.</summary>
    /// <param name="ended">Called with the outcome before the pages are notified.</param>
    /// <param name="work">Tells its progress, and returns the job that is done.</param>
    /// <param name="cancelled">What to say of a job that was cancelled.</param>
    /// <exception cref="InputException">A job of that name runs already.</exception>
    protected void Begin(
        string name,
        Action<TJob> ended,
        Func<ShowProgress, CancellationToken, Task<TJob>> work,
        string cancelled = "Cancelled; nothing of it was kept.")
    {
        var stop = new CancellationTokenSource();
        lock (_lock)
        {
            if (_jobs.TryGetValue(name, out (TJob Job, CancellationTokenSource Stop) known) && known.Job.IsRunning)
            {
                stop.Dispose();
                throw new InputException($"{name} is being worked on already; wait for it, or cancel it.");
            }

            _jobs[name] = (Create(name, BackgroundJobState.Running, "starting", null), stop);
        }

        new Thread(
            () => RunAsync(name, ended, work, cancelled, stop.Token).GetAwaiter().GetResult())
        { IsBackground = true, Name = $"job {name}" }
            .Start();
        Changed?.Invoke();
    }

    private async Task RunAsync(
        string name, Action<TJob> ended, Func<ShowProgress, CancellationToken, Task<TJob>> work, string cancelled,
        CancellationToken stop)
    {
        long last = 0;
        TJob outcome;
        try
        {
            outcome = await work(
                (text, share, isNews) =>
                {
                    if (isNews || Environment.TickCount64 - Interlocked.Read(ref last) >= MillisecondsBetweenNews)
                    {
                        Interlocked.Exchange(ref last, Environment.TickCount64);
                        Set(Create(name, BackgroundJobState.Running, text, share));
                    }
                },
                stop);
        }
        catch (OperationCanceledException)
        {
            outcome = Create(name, BackgroundJobState.Cancelled, cancelled, null);
        }
        catch (Exception e)
        {
            if (e is not StudioException)
            {
                log.LogError(e, "The job {Name} failed.", name);
            }

            outcome = Explain(Create(name, BackgroundJobState.Failed, FailureText.Sentence(e), null), e);
        }

        ended(outcome);
        Set(outcome);
    }

    private void Set(TJob job)
    {
        lock (_lock)
        {
            _jobs[job.Name] = (job, _jobs[job.Name].Stop);
        }

        Changed?.Invoke();
    }
}
