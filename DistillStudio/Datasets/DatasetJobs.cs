using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Datasets;

/// <summary>
/// Imports and downloads datasets beside the pages: a job goes on when its page is closed, and a page that is opened later shows it.
/// </summary>
public sealed class DatasetJobs(StudioHome home, ILogger<DatasetJobs> log) : IDisposable
{
    private const long MillisecondsBetweenNews = 250;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DatasetJob Job, CancellationTokenSource Stop)> _jobs = new(StringComparer.OrdinalIgnoreCase);
    private readonly HttpClient _client = Downloader.CreateClient();

    /// <summary>Raised on any thread, a few times a second at most while a job runs.</summary>
    public event Action? Changed;

    /// <summary>Returns the latest job of a dataset; null if there was none since the studio started.</summary>
    public DatasetJob? Find(string name)
    {
        lock (_lock)
        {
            return _jobs.TryGetValue(name, out (DatasetJob Job, CancellationTokenSource Stop) known) ? known.Job : null;
        }
    }

    public IReadOnlyList<DatasetJob> All()
    {
        lock (_lock)
        {
            return [.. _jobs.Values.Select(known => known.Job)];
        }
    }

    /// <summary>Starts an import.</summary>
    /// <param name="acceptsRejected">True to import although many rows are rejected.</param>
    /// <param name="ended">Called with the outcome before it is told to the pages.</param>
    /// <exception cref="InputException">A job of that name runs already.</exception>
    public void Import(ImportRequest request, bool acceptsRejected, Action<DatasetJob> ended) =>
        Begin(request.Name, ended, async (tell, stop) =>
    {
        ImportResult result = await DatasetImporter.ImportAsync(
            request,
            _ => acceptsRejected,
            progress => tell($"{progress.Rows:N0} rows read", progress.Total == 0 ? null : (double)progress.Bytes / progress.Total),
            stop);
        return new(request.Name, DatasetJobState.Done, $"{result.Rows:N0} rows imported", 1) { Imported = result };
    });

    /// <summary>Starts a download.</summary>
    /// <param name="source">As for <see cref="DatasetGetter.GetAsync"/>.</param>
    /// <exception cref="InputException">A job of that name runs already.</exception>
    public void Get(string name, string source) => Begin(name, _ => { }, async (tell, stop) =>
    {
        GetResult result = await new DatasetGetter(new Downloader(_client)).GetAsync(
            name, home.Datasets, source, sha256: null, progress => tell(TextOf(progress), (double?)progress.Bytes / progress.Total), stop);
        return new(name, DatasetJobState.Done, $"{result.Splits.Values.Sum():N0} rows", 1) { Got = result };
    });

    public void Cancel(string name)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(name, out (DatasetJob Job, CancellationTokenSource Stop) known) && known.Job.IsRunning)
            {
                known.Stop.Cancel();
            }
        }
    }

    /// <summary>Forgets an ended job.</summary>
    public void Dismiss(string name)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(name, out (DatasetJob Job, CancellationTokenSource Stop) known) && !known.Job.IsRunning)
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
            foreach ((DatasetJob _, CancellationTokenSource stop) in _jobs.Values)
            {
                stop.Cancel(); // the token is still used by the ending job
            }
        }

        _client.Dispose();
    }

    private static string TextOf(GetProgress progress) =>
        progress.Bytes == 0 ? progress.Stage : $"{progress.Stage} "
            + $"{ByteSize.Format(progress.Bytes)}{(progress.Total is { } total ? $" of {ByteSize.Format(total)}" : "")}";

    private void Begin(string name, Action<DatasetJob> ended, Func<Action<string, double?>, CancellationToken, Task<DatasetJob>> work)
    {
        var stop = new CancellationTokenSource();
        lock (_lock)
        {
            if (_jobs.TryGetValue(name, out (DatasetJob Job, CancellationTokenSource Stop) known) && known.Job.IsRunning)
            {
                stop.Dispose();
                throw new InputException($"{name} is being brought in already; wait for it, or cancel it.");
            }

            _jobs[name] = (new(name, DatasetJobState.Running, "starting", null), stop);
        }

        // Of its own: reading a million rows would hold a thread of the pool that serves the pages.
        new Thread(() => RunAsync(name, ended, work, stop.Token).GetAwaiter().GetResult()) { IsBackground = true, Name = $"dataset {name}" }
            .Start();
        Changed?.Invoke();
    }

    private async Task RunAsync(
        string name, Action<DatasetJob> ended, Func<Action<string, double?>, CancellationToken, Task<DatasetJob>> work,
        CancellationToken stop)
    {
        long last = 0;
        DatasetJob outcome;
        try
        {
            outcome = await work(
                (text, share) =>
                {
                    if (Environment.TickCount64 - last >= MillisecondsBetweenNews)
                    {
                        last = Environment.TickCount64;
                        Set(new(name, DatasetJobState.Running, text, share));
                    }
                },
                stop);
        }
        catch (OperationCanceledException)
        {
            outcome = new(name, DatasetJobState.Cancelled, "Cancelled; nothing of it was kept.", null);
        }
        catch (Exception e)
        {
            if (e is not StudioException)
            {
                log.LogError(e, "The dataset {Name} could not be brought in.", name);
            }

            outcome =
                new(name, DatasetJobState.Failed, FailureText.Sentence(e), null) { Imported = (e as TooManyRejectedException)?.Result };
        }

        ended(outcome);
        Set(outcome);
    }

    private void Set(DatasetJob job)
    {
        lock (_lock)
        {
            _jobs[job.Name] = (job, _jobs[job.Name].Stop);
        }

        Changed?.Invoke();
    }
}
