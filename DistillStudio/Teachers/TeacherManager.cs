using System.Collections.Concurrent;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>A job as a page shows it.</summary>
/// <param name="IsActive">True if this studio works on it.</param>
public sealed record TeacherJobView(TeacherJob Job, TeacherJobStatus Status, bool IsActive)
{
    /// <summary>Null if its totals are unknown, because its dataset is gone.</summary>
    public TeacherProgress? Progress { get; init; }

    /// <summary>Address of its page.</summary>
    public string Address => TeacherManager.AddressOf(Job.Spec);
}

/// <summary>The studio's teacher jobs: starts, pauses and cancels them, and resumes those that an earlier studio was working on.</summary>
/// <param name="resumesJobs">False if a restarted studio leaves them interrupted.</param>
public sealed class TeacherManager(StudioHome home, TimeProvider time, ILogger<TeacherManager> log, bool resumesJobs = true)
    : BackgroundService
{
    private readonly ConcurrentDictionary<string, ActiveJob> _active = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Key, TeacherProgress? Progress)> _totals = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private bool _isStopping;

    /// <summary>Raised when a job starts, progresses or ends; from any thread, about once a second at most for each job.</summary>
    public event Action? Changed;

    public static string AddressOf(TeacherJobSpec spec) => $"teachers/{spec.Dataset}/{Uri.EscapeDataString(spec.Name)}/{spec.Split}";

    /// <summary>Returns all jobs of the home, including those of other processes. Reads files: not for the render thread.</summary>
    public IReadOnlyList<TeacherJobView> List() => [.. TeacherJob.List(home, problem => log.LogWarning("{Problem}", problem)).Select(View)];

    /// <summary>Returns a job; null if there is none. Reads files: not for the render thread.</summary>
    public TeacherJobView? Find(string dataset, string name, string split)
    {
        try
        {
            return TeacherJob.Find(home, dataset, name, split) is [var job] ? View(job) : null;
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>Creates a job and starts it.</summary>
    /// <exception cref="InputException">The settings, the data or the key cannot be used.</exception>
    public TeacherJob Start(TeacherJobSpec spec)
    {
        spec.Require();
        TeacherKey.Read(spec.Address);
        TeacherRows rows = TeacherRows.Load(spec);
        TeacherOutcome.RequireFree(rows, spec.Name);
        var job = TeacherJob.Create(home,
            spec with { RowsFingerprint = TeacherRows.Fingerprint(rows.All), Created = time.GetUtcNow(), Program = BuildVersion.Current });
        Resume(job);
        return job;
    }

    /// <summary>Resumes a job.</summary>
    /// <param name="job">A job that is not active.</param>
    /// <param name="limits">Limits from now on; null to keep them.</param>
    /// <exception cref="InputException">Another process works on it, or its data or key cannot be used.</exception>
    public void Resume(TeacherJob job, TeacherLimits? limits = null)
    {
        TeacherKey.Read(job.Spec.Address);
        lock (_gate)
        {
            if (_isStopping || _active.ContainsKey(job.Folder))
            {
                return;
            }

            var work = TeacherWork.Open(job, time, limits is null ? null : job.Spec with { Limits = limits });
            var active = new ActiveJob(work);
            _active[job.Folder] = active;
            active.End = Task.Run(() => WorkAsync(active));
        }
    }

    /// <summary>Pauses a job after its pending answers; it can be resumed later.</summary>
    public Task PauseAsync(TeacherJob job) => StopAsync(job, TeacherJobState.Paused);

    /// <summary>Cancels a job; its answers are kept.</summary>
    public async Task CancelAsync(TeacherJob job)
    {
        if (!await StopAsync(job, TeacherJobState.Cancelled))
        {
            using (job.Take())
            {
                job.Save(job.ReadStatus() with { State = TeacherJobState.Cancelled, Reason = null, At = time.GetUtcNow() });
            }

            Changed?.Invoke();
        }
    }

    /// <summary>Removes a job with its completions, and the teacher made from them.</summary>
    /// <exception cref="InputException">The job is active, or a file cannot be removed.</exception>
    public void Remove(TeacherJob job)
    {
        job.Remove();
        TeacherOutcome.Remove(job.Spec.DataDir, job.Spec.Dataset, job.Spec.Name, job.Spec.Split);
        Changed?.Invoke();
    }

    /// <summary>Returns the newest completions of a job that this studio works on, else the last ones recorded.</summary>
    public IReadOnlyList<TeacherCompletion> Recent(TeacherJob job, int most) =>
        _active.TryGetValue(job.Folder, out ActiveJob? active) && active.Work.Recent is { Count: > 0 } recent
        ? [.. recent.Take(most)]
        : [.. CompletionLog.ReadAll(job.CompletionsPath).TakeLast(most).Reverse()];

    /// <summary>Pauses all jobs within the host's shutdown timeout; the next studio resumes them.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        ActiveJob[] active;
        lock (_gate)
        {
            _isStopping = true;
            active = [.. _active.Values];
        }

        foreach (ActiveJob job in active)
        {
            await job.Stop.CancelAsync();
        }

        await Task.WhenAny(Task.WhenAll(active.Select(job => job.End)), Task.Delay(Timeout.Infinite, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        resumesJobs ? Task.Run(TakeUp, stoppingToken) : Task.CompletedTask;

    private void TakeUp()
    {
        foreach (TeacherJob job in TeacherJob.List(home))
        {
            try
            {
                if (job.ReadStatus() is { IsOfStudio: true, State: TeacherJobState.Interrupted })
                {
                    Resume(job);
                }
            }
            catch (InputException e)
            {
                log.LogWarning("Teacher {Name} of {Dataset} is not resumed: {Problem}", job.Spec.Name, job.Spec.Dataset, e.Message);
            }
        }
    }

    private async Task WorkAsync(ActiveJob active)
    {
        TeacherJob job = active.Work.Job;
        try
        {
            await active.Work.RunAsync(isOfStudio: true, _ => Changed?.Invoke(), active.Stop.Token, () => (active.StoppedAs, null));
        }
        catch (Exception e)
        {
            log.LogError(e, "The teacher job {Name} of {Dataset} ended", job.Spec.Name, job.Spec.Dataset); // its state says why
        }
        finally
        {
            _active.TryRemove(job.Folder, out _);
            active.Work.Dispose();
            active.Stop.Dispose();
            Changed?.Invoke();
        }
    }

    private async Task<bool> StopAsync(TeacherJob job, TeacherJobState state)
    {
        if (!_active.TryGetValue(job.Folder, out ActiveJob? active))
        {
            return false;
        }

        active.StoppedAs = state;
        try
        {
            await active.Stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended on its own.
        }

        await active.End;
        return true;
    }

    private TeacherJobView View(TeacherJob job) => _active.TryGetValue(job.Folder, out ActiveJob? active)
        ? new(active.Work.Job, job.ReadStatus(), IsActive: true) { Progress = active.Work.Progress }
        : new(job, job.ReadStatus(), IsActive: false) { Progress = TotalsOf(job) };

    /// <summary>Returns the totals of an inactive job; counted once for each state of its file.</summary>
    private TeacherProgress? TotalsOf(TeacherJob job)
    {
        var file = new FileInfo(job.CompletionsPath);
        string key = $"{(file.Exists ? file.Length : 0)} {job.ReadStatus().At:O}";
        if (_totals.TryGetValue(job.Folder, out (string Key, TeacherProgress? Progress) known) && known.Key == key)
        {
            return known.Progress;
        }

        TeacherProgress? progress = null;
        try
        {
            progress = TeacherProgress.Of("progress", job.Spec,
                new TeacherTally(TeacherRows.Load(job.Spec), CompletionLog.ReadAll(job.CompletionsPath),
                job.ReadStatus().LostRequests).Totals);
        }
        catch (InputException)
        {
            // The dataset is gone: the job is shown without its totals.
        }

        _totals[job.Folder] = (key, progress);
        return progress;
    }

    private sealed class ActiveJob(TeacherWork work)
    {
        public TeacherWork Work { get; } = work;

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>The state to save when it is stopped; a studio that ends leaves its jobs interrupted.</summary>
        public TeacherJobState StoppedAs { get; set; } = TeacherJobState.Interrupted;

        public Task End { get; set; } = Task.CompletedTask;
    }
}
