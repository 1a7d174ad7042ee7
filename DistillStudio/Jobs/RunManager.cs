using System.Globalization;
using DistillStudio.Cluster;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <inheritdoc cref="IRunManager"/>
public sealed partial class RunManager(
    StudioHome home,
    RunEditor editor,
    RunQueue queue,
    ActiveRuns active,
    EventIngester ingester,
    TimeProvider time,
    ISlurm? slurm = null) : IRunManager
{
    public TimeSpan UndoWindow { get; } = TimeSpan.FromMinutes(10);

    public string Launch(RunSpec spec, string? profile = null)
    {
        spec = spec.WithFullPaths();
        Require(spec);
        return Enqueue(spec, group: null, _placed.Require(profile));
    }

    public IReadOnlyList<string> LaunchPair(RunSpec spec, string? profile = null) =>
        LaunchGroup([OfPair(spec, MethodNames.Standard), OfPair(spec, MethodNames.TaskPrefix)], profile: profile);

    public IReadOnlyList<string> LaunchGroup(IReadOnlyList<RunSpec> specs, string? group = null, string? profile = null)
    {
        RunPlacement? placement = _placed.Require(profile);
        specs = [.. specs.Select(spec => spec.WithFullPaths())];
        foreach (RunSpec spec in specs)
        {
            Require(spec);
            if (spec.Branch is not null)
            {
                BranchOf(spec).Require(spec);
            }
        }

        group ??= Guid.NewGuid().ToString("N");
        lock (queue.Group)
        {
            return [.. specs.Select(spec => Enqueue(spec, group, placement))];
        }
    }

    public string Clone(string runId)
    {
        RunSummary run = editor.Get(runId);
        if (run.Spec.IsCurvesOnly)
        {
            throw new InputException($"{run.Title} is imported curves, whose settings are not known; it cannot be trained again here.");
        }

        return Launch(run.Spec with { Name = run.Name ?? run.Spec.Name }, run.Placement?.Profile);
    }

    public void Resume(string runId)
    {
        RunSummary run = editor.Get(runId);
        if (_placed.TryResume(run))
        {
            return;
        }

        if (IsHeldElsewhere(run))
        {
            ingester.FollowElsewhere(runId);
            throw new InputException($"{run.Title} is being resumed by another process, such as a terminal; its progress is shown here.");
        }

        if (active.Find(runId) is null && run.CanResume)
        {
            queue.AddAgain(runId, isNext: false);
        }
        else if (run.State.HasEnded() && run.State != RunState.Finished)
        {
            throw new InputException($"{run.Title} has no checkpoint to resume from; launch it again with the same settings.");
        }
        else
        {
            Control(runId).Resume();
        }
    }

    public void Cancel(string runId)
    {
        if (_placed.TryAsk(runId, JobRequest.Cancel) || TryCancelPaused(runId))
        {
            return;
        }

        if (editor.Get(runId) is { State: RunState.Queued } queued && IsHeldElsewhere(queued))
        {
            ingester.FollowElsewhere(runId);
        }

        if (!ingester.BetweenReads(() => TryCancelQueued(runId)))
        {
            Control(runId).Cancel();
        }
    }

    private bool TryCancelQueued(string runId)
    {
        if (!queue.TryTake(runId))
        {
            return false;
        }

        RecordCancelled(runId);
        return true;
    }

    /// <summary>
    /// Records the cancellation of a run that no process holds in its folder, so that it survives a rebuild of the index.
    /// </summary>
    private void RecordCancelled(string runId)
    {
        RunSummary run = editor.Get(runId);
        using (var recorder = new RunRecorder(Path.Combine(run.Folder, "events.jsonl"), [], time))
        {
            recorder.Record(new Cancelled(Math.Max(run.Step, run.Spec.BranchStep ?? 0)));
        }

        ingester.Poke(runId);
    }

    public void Delete(IReadOnlyCollection<string> runIds)
    {
        RunSummary[] runs = [.. runIds.Select(editor.Get)];
        if (runs.FirstOrDefault(run => run.State.IsActive() || IsHeldElsewhere(run)) is { } busy)
        {
            throw new InputException($"{busy.Title} is still running; cancel it first, then delete it.");
        }

        DateTimeOffset now = time.GetUtcNow();
        foreach (RunSummary run in runs)
        {
            editor.Edit(run.Id, r => r with { DeletedAt = now });
        }
    }

    public void Undelete(IReadOnlyCollection<string> runIds)
    {
        foreach (string runId in runIds)
        {
            editor.Edit(runId, run => run with { DeletedAt = null });
        }

        queue.RaiseGrown();
    }

    public void MoveInQueue(string runId, int place) => queue.Move(runId, place);

    public void Rename(string runId, string? name)
    {
        string? trimmed = string.IsNullOrWhiteSpace(name) ? null : name.Trim();
        if (trimmed is not null && !SettingLimits.IsName(trimmed))
        {
            throw new InputException($"A name is one line of up to {SettingLimits.LongestName} characters, this one has {trimmed.Length} "
                + $"or holds a control character; shorten it or use the notes.");
        }

        editor.Edit(runId, run => run with { Name = trimmed });
    }

    public void SetTags(string runId, IReadOnlyList<string> tags)
    {
        string[] clean = [.. tags.Select(tag => tag.Trim()).Where(tag => tag.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (clean.FirstOrDefault(tag => !SettingLimits.IsName(tag)) is { } wrong)
        {
            throw new InputException($"A tag is one line of up to {SettingLimits.LongestName} characters, this one has {wrong.Length} or "
                + $"holds a control character; shorten it or use the notes.");
        }

        if (clean.Length > SettingLimits.MostTags)
        {
            throw new InputException($"A run may have {SettingLimits.MostTags} tags, these are {clean.Length}; leave some out.");
        }

        editor.Edit(runId, run => run with { Tags = clean });
    }

    public void SetNotes(string runId, string notes)
    {
        if (notes.Length > SettingLimits.LongestNotes)
        {
            throw new InputException($"Notes may have {SettingLimits.LongestNotes:N0} characters, these have {notes.Length:N0}; "
                + $"keep them in a file and note where it is.");
        }

        editor.Edit(runId, run => run with { Notes = notes });
    }

    /// <summary>Returns true if another process holds an inactive run, before any event of that process has been read.</summary>
    private bool IsHeldElsewhere(RunSummary run) => !run.State.IsActive() && !active.IsClaimed(run.Id) && RunLock.IsHeld(run.Folder);

    /// <summary>Returns the spec with another method, which its name states too: both runs of a pair need different names.</summary>
    private static RunSpec OfPair(RunSpec spec, string method)
    {
        string ending = $", {MethodNames.Title(method).ToLowerInvariant()}";
        return spec with
        {
            Method = method,
            Name = spec.Name is { } name ? SettingLimits.Cut(name, SettingLimits.LongestName - ending.Length) + ending : null,
        };
    }

    private void Require(RunSpec spec)
    {
        RunSpecRules.Require(spec);
        if (DatasetCatalog.WhyMissing(spec.Dataset, spec.DataDir ?? home.Datasets) is { } why)
        {
            throw new InputException($"{SettingsTable.Dataset.Flag} {spec.Dataset} {why}.");
        }
    }

    private string Enqueue(RunSpec spec, string? group, RunPlacement? placement)
    {
        Directory.CreateDirectory(home.Runs);
        RunFolder folder = spec.Branch is null
            ? RunFolder.Create(home.Runs, spec, time.GetUtcNow())
            : BranchOf(spec).Create(
                home.Runs, spec, time.GetUtcNow(),
                made => RunSidecar.Of(Queued(made) with { QueueOrder = int.MaxValue }).Write(made.Path)); // queued as soon as it is seen
        queue.Add(Queued(folder));
        return folder.Id;

        RunSummary Queued(RunFolder folder) => new()
        {
            Id = folder.Id,
            Folder = folder.Path,
            Spec = spec,
            State = RunState.Queued,
            Name = spec.Name,
            Group = group,
            Placement = placement,
            CreatedAt = time.GetUtcNow(),
        };
    }

    /// <exception cref="InputException">There is no such run or checkpoint.</exception>
    private RunBranch BranchOf(RunSpec spec)
    {
        RunSummary parent = editor.Find(spec.Branch!) is { DeletedAt: null } found
            ? found
            : throw new InputException($"The run {spec.Branch}, from which this one branches, is not there any more; "
                + $"branch from another run that holds its steps.");
        return RunBranch.Find(RunFolder.Open(parent.Folder), spec.BranchStep);
    }

    public string? WhereElse(RunSummary run) =>
        run.State.IsActive() && run.Placement is not { IsLive: true } && !active.IsClaimed(run.Id) && IsHeld(run)
            ? Elsewhere(run)
            : null;

    private RunControl Control(string runId)
    {
        RunSummary run = editor.Get(runId);
        return active.Find(runId) ?? throw new InputException(run.State.IsActive()
            ? $"{run.Title} is {Elsewhere(run)}."
            : $"{run.Title} is no longer running: it is {run.State.ToString().ToLowerInvariant()}.");
    }

    private static bool IsHeld(RunSummary run)
    {
        try
        {
            return RunLock.IsHeld(run.Folder);
        }
        catch (InputException)
        {
            return false; // no process can hold the lock
        }
    }

    private static string Elsewhere(RunSummary run) => RunLock.HolderOf(run.Folder) is { } process
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"trained by another process on this machine (pid {process}); stop it there with Ctrl+C, or with kill {process}")
        : "trained by another process, such as a terminal; stop it there";
}
