using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// A checkpoint of a run from which other runs can continue. A branch is independent from the start: its folder receives the other run's
/// events up to the checkpoint and a copy of the checkpoint with the branch's settings, and the branch then starts like a resumed run.
/// It therefore no longer needs the other run, and from that step on computes what the other run would have computed, except for what its
/// settings change.
/// </summary>
public sealed class RunBranch
{
    private readonly RunFolder _parent;
    private readonly RunSpec _settings;
    private readonly StoredCheckpoint _stored;
    private readonly RunCheckpoint _checkpoint;

    private RunBranch(RunFolder parent, RunSpec settings, StoredCheckpoint stored, RunCheckpoint checkpoint) =>
        (_parent, _settings, _stored, _checkpoint) = (parent, settings, stored, checkpoint);

    /// <summary>Returns the steps of a run's checkpoints, in order, complete or not.</summary>
    public static IReadOnlyList<int> StepsOf(RunFolder parent) =>
        [.. new CheckpointStore(parent).List().Where(stored => !stored.IsBest).Select(stored => stored.Step).Order()];

    /// <summary>Finds a checkpoint to branch from, and verifies it against its checksum.</summary>
    /// <param name="parent">Folder of a run, which may be training.</param>
    /// <param name="step">Step of the checkpoint; null if none was named; the exception then lists the existing ones.</param>
    /// <exception cref="InputException">The run has no such checkpoint, it is damaged or of another version, or the run's record cannot be
    /// read.</exception>
    public static RunBranch Find(RunFolder parent, int? step)
    {
        RunSpec settings = parent.ReadSpec();
        int[] steps = [.. StepsOf(parent)];
        string flag = SettingsTable.BranchStep.Flag;
        if (steps.Length == 0)
        {
            throw new InputException($"{parent.Id} has no checkpoint to branch from; wait for its first one, or train a run that keeps "
                + $"some with {SettingsTable.KeepCheckpoints.Flag}.");
        }

        if (step is null || !steps.Contains(step.Value))
        {
            throw new InputException(step is null
                ? $"{flag} is missing; name a checkpoint of {parent.Id}: {StepList(steps)}."
                : $"{flag} {step} is not a checkpoint of {parent.Id}; name one that it keeps: {StepList(steps)}.");
        }

        StoredCheckpoint stored = new CheckpointStore(parent).List().First(each => !each.IsBest && each.Step == step);
        if (CheckpointStore.WhyDamaged(stored.Path) is { } why)
        {
            int[] others = [.. steps.Where(other => other != step)];
            throw new InputException($"The checkpoint of step {step} of {parent.Id} is damaged ({why.TrimEnd('.')}); "
                + (others.Length > 0 ? $"branch from another: {StepList(others)}." : "it has no other to branch from."));
        }

        return new(parent, settings, stored, ReadRecord(parent, stored));
    }

    /// <exception cref="InputException">The branch changes what it cannot, or breaks another rule; the exception lists every
    /// problem.</exception>
    public void Require(RunSpec spec)
    {
        SpecProblem[] problems = [.. RunSpecRules.Check(spec), .. BranchRules.Check(_settings, spec)];
        if (problems.Length > 0)
        {
            throw new InputException([.. problems.Select(problem => problem.Message)]);
        }
    }

    /// <summary>Creates the folder of a branch, complete or not at all.</summary>
    /// <param name="runs">The runs folder of the home.</param>
    /// <param name="spec">Settings of the branch, see <see cref="BranchRules"/>.</param>
    /// <param name="now">Time of the launch, part of the name.</param>
    /// <param name="finish">Completes the folder before it becomes visible under <paramref name="runs"/>; null for nothing.</param>
    /// <exception cref="InputException">The branch changes what it cannot, the run's record does not fit the checkpoint, or the home is
    /// not writable.</exception>
    public RunFolder Create(string runs, RunSpec spec, DateTimeOffset now, Action<RunFolder>? finish = null)
    {
        Require(spec);
        try
        {
            PrivateFiles.MakeFolder(runs);
            using var staging = TransientFolder.Create(runs, "branch");
            var folder = RunFolder.Create(staging.Path, spec, now);
            Fill(folder, spec, now);
            finish?.Invoke(folder);
            string target = Path.Combine(runs, folder.Id);
            Directory.Move(folder.Path, target);
            return RunFolder.Open(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The branch of {_parent.Id} at step {_stored.Step} cannot be written ({e.Message.TrimEnd('.')}); "
                + $"check that the checkpoint still exists and that {runs} has space, then try again.", e);
        }
    }

    private static RunCheckpoint ReadRecord(RunFolder parent, StoredCheckpoint stored)
    {
        try
        {
            using var file = new SafetensorsFile(stored.Path);
            if (RunCheckpoint.Read(file) is { } checkpoint && checkpoint.Step == stored.Step)
            {
                return checkpoint;
            }
        }
        catch (InputException)
        {
            // explained below
        }

        throw new InputException($"The checkpoint of step {stored.Step} of {parent.Id} holds no record that this version can read; "
            + $"branch with the version that wrote it, or from another checkpoint.");
    }

    private void Fill(RunFolder folder, RunSpec spec, DateTimeOffset now)
    {
        List<RunEvent> events = [];
        string? digest = null;
        foreach (RunEvent happened in EventLine.ReadAll(_parent.EventsPath))
        {
            if (happened.Number <= _checkpoint.LastNumber)
            {
                events.Add(happened);
            }
            else if (happened is Checkpointed { IsBest: false } saved && saved.Step == _stored.Step)
            {
                digest = saved.StateSha256;
            }
        }

        if (events.OfType<StepCompleted>().LastOrDefault() is not { } last || last.Step != _stored.Step)
        {
            throw new InputException($"{_parent.EventsPath} does not reach the checkpoint of step {_stored.Step}; restore that file, or "
                + $"branch from another checkpoint.");
        }

        long number = Math.Max(_checkpoint.LastNumber, events[^1].Number);
        RunCheckpoint start = _checkpoint with
        {
            LastNumber = number + 2,
            ValidatedStep = _stored.Step, // the other run's weights are not a result of the branch
            Best = null,
            SinceBest = 0,
            Collapse = CollapseState.Start,
            Spec = spec,
            Branch = new(last.Step, last.Examples, last.Epoch),
        };
        string path = new CheckpointStore(folder).StatePath(_stored.Step);
        PrivateFiles.MakeFolder(folder.CheckpointsPath);
        using (var source = new SafetensorsFile(_stored.Path))
        {
            start.WriteCopy(path, source);
        }

        string answers = Path.Combine(_parent.Path, ValidAnswers.FileName);
        if (File.Exists(answers))
        {
            using FileStream recorded = PlainFile.OpenRead(answers, FileShare.ReadWrite | FileShare.Delete);
            AtomicFile.Write(Path.Combine(folder.Path, ValidAnswers.FileName), recorded.CopyTo); // truncated to this step at the start
        }

        IEnumerable<SettingChange> changes = BranchRules.Changed(_settings, spec).Select(setting =>
            new SettingChange(setting.JsonName, BranchRules.ValueOf(setting, _settings), BranchRules.ValueOf(setting, spec)));
        var kept = new Checkpointed(
            _stored.Step, Path.GetRelativePath(folder.Path, path), IsBest: false, new FileInfo(path).Length, digest);
        events.Add(new Branched(spec.Branch!, _stored.Step, [.. changes]) { Number = number + 1, Time = now });
        events.Add(kept with { Number = number + 2, Time = now });
        AtomicFile.Write(folder.EventsPath, stream => events.ForEach(happened => stream.Write(EventLine.Write(happened))));
    }

    private static string StepList(int[] steps) =>
        steps.Length == 1 ? $"step {steps[0]}" : $"step {string.Join(", ", steps.SkipLast(1))} or {steps[^1]}";
}
