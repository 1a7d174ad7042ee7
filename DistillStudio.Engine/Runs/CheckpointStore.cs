using System.Globalization;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>A checkpoint in a run's folder.</summary>
/// <param name="Step">Step of the weights.</param>
/// <param name="Path">A file, or a Hugging Face folder for the best weights.</param>
public sealed record StoredCheckpoint(int Step, string Path, bool IsBest, long Bytes);

/// <summary>The state from which a run is resumed.</summary>
/// <param name="Checkpoint">Null if there was none: the run starts from the beginning.</param>
/// <param name="Remarks">Remarks for the user, one sentence each.</param>
public sealed record RestoredRun(RunCheckpoint? Checkpoint, IReadOnlyList<string> Remarks);

/// <summary>
/// The checkpoints of a run: <c>checkpoints/step-000100.safetensors</c>, the full state needed to resume, and
/// <c>checkpoints/best-000100/</c>, the best weights on validation. Keeps the last two, as many more as the run's settings specify,
/// evenly spread over its steps, the one from which a branch started, and the best weights that any of the last two or the current run
/// refers to.
/// </summary>
public sealed class CheckpointStore(RunFolder folder)
{
    private const string StepPrefix = "step-";
    private const string BestPrefix = "best-";
    private const string Extension = ".safetensors";
    private const int Kept = 2;

    /// <summary>Returns the path of the full state after a step.</summary>
    internal string StatePath(int step) => PathOf(StepPrefix, step, Extension);

    /// <summary>Returns the path of a Hugging Face folder.</summary>
    public string BestPath(int step) => PathOf(BestPrefix, step, "");

    /// <summary>Lists the checkpoints, newest first, complete or not.</summary>
    public IReadOnlyList<StoredCheckpoint> List()
    {
        var place = new DirectoryInfo(folder.CheckpointsPath);
        if (!place.Exists)
        {
            return [];
        }

        IEnumerable<StoredCheckpoint> files = place.EnumerateFiles(StepPrefix + "*" + Extension)
            .Where(file => File.Exists(file.FullName)) // excludes broken links
            .Select(file => (File: file, Step: StepOf(file.Name[StepPrefix.Length..^Extension.Length])))
            .Where(found => found.Step is not null)
            .Select(found => new StoredCheckpoint(found.Step!.Value, found.File.FullName, IsBest: false, LengthOf(found.File)));
        IEnumerable<StoredCheckpoint> best = place.EnumerateDirectories(BestPrefix + "*")
            .Select(found => (Folder: found, Step: StepOf(found.Name[BestPrefix.Length..])))
            .Where(found => found.Step is not null)
            .Select(found =>
                new StoredCheckpoint(found.Step!.Value, found.Folder.FullName, IsBest: true, found.Folder.EnumerateFiles().Sum(LengthOf)));
        return [.. files.Concat(best).OrderByDescending(stored => stored.Step).ThenBy(stored => stored.IsBest)];
    }

    /// <summary>Saves the state and removes checkpoints that are no longer kept.</summary>
    /// <exception cref="IOException">The checkpoint cannot be written; earlier checkpoints are kept.</exception>
    internal StoredCheckpoint Save(RunCheckpoint checkpoint, ITrainingState state)
    {
        MakePlace();
        string path = StatePath(checkpoint.Step);
        checkpoint.Write(path, state);
        Tidy(checkpoint.Best, checkpoint.Spec);
        return new StoredCheckpoint(checkpoint.Step, path, IsBest: false, new FileInfo(path).Length);
    }

    /// <summary>Saves the model's weights as the best so far.</summary>
    internal StoredCheckpoint SaveBest(BestWeights best, ITrainingState state)
    {
        MakePlace();
        string path = BestPath(best.Step);
        HuggingFaceFolder.Export(path, state.Model, state.ModelFolder);
        Tidy(best, state.Spec);
        return List().First(stored => stored.IsBest && stored.Step == best.Step);
    }

    /// <summary>Refuses a run that has finished, before anything is recorded in it.</summary>
    /// <exception cref="InputException">The run has finished.</exception>
    public void RequireUnfinished()
    {
        if (Path.Exists(folder.EventsPath)
            && EventLine.ReadAll(folder.EventsPath).LastOrDefault(happened => happened is not PhaseStarted) is Finished finished)
        {
            throw new InputException($"{folder.Path} has finished after step {finished.Step}, so there is nothing to resume; "
                + $"its model is in {finished.Model}.");
        }
    }

    /// <summary>
    /// Restores the newest complete checkpoint into the state. Damaged checkpoints are set aside. The caller holds the run's
    /// <see cref="RunLock"/>.
    /// </summary>
    /// <exception cref="InputException">The run has finished, the state belongs to another run, or a checkpoint cannot be
    /// read.</exception>
    public RestoredRun Restore(ITrainingState state)
    {
        RequireUnfinished();
        RemoveUnfinished();
        var remarks = new List<string>();
        foreach (StoredCheckpoint stored in List().Where(stored => !stored.IsBest))
        {
            if (WhyDamaged(stored.Path) is not { } why)
            {
                RunCheckpoint checkpoint = RunCheckpoint.Restore(stored.Path, state);
                bool hasBest = checkpoint.Best is { } best && Directory.Exists(BestPath(best.Step));
                if (remarks.Count > 0)
                {
                    remarks.Add($"The run continues from the previous checkpoint, of step {checkpoint.Step}.");
                }

                return new(hasBest ? checkpoint : checkpoint with { Best = null, SinceBest = 0 }, remarks);
            }

            File.Move(stored.Path, stored.Path + ".damaged", overwrite: true);
            remarks.Add($"The checkpoint of step {stored.Step} is damaged ({why}) and was set aside as "
                + $"{System.IO.Path.GetFileName(stored.Path)}.damaged.");
        }

        if (state.Spec.Branch is { } parent)
        {
            throw new InputException($"{folder.Path} holds no readable checkpoint, not even that of step {state.Spec.BranchStep}, "
                + $"at which it branched; branch from {parent} again.");
        }

        remarks.Add("There is no checkpoint to resume from: the run starts over.");
        return new(null, remarks);
    }

    /// <summary>Returns why the checkpoint is damaged; null if it is complete.</summary>
    /// <exception cref="InputException">The file cannot be read, so its state is unknown.</exception>
    internal static string? WhyDamaged(string path)
    {
        try
        {
            PlainFile.RequirePlain(path);
        }
        catch (IOException e)
        {
            return e.Message;
        }

        try
        {
            return SafetensorsWriter.IsIntact(path) ? null : "its checksum does not match";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable, then resume the run.", e);
        }
    }

    /// <summary>Returns the file's length in bytes; 0 if it has been deleted meanwhile.</summary>
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Removes the remains of interrupted writes.</summary>
    private void RemoveUnfinished()
    {
        foreach (FileSystemInfo left in new[] { folder.Path, folder.CheckpointsPath }
            .Where(Directory.Exists)
            .SelectMany(
                place => new DirectoryInfo(place).EnumerateFileSystemInfos("*.tmp").Concat(
                    new DirectoryInfo(place).EnumerateFileSystemInfos("*.old"))))
        {
            if (left is DirectoryInfo unfinished)
            {
                unfinished.Delete(recursive: true);
            }
            else
            {
                left.Delete();
            }
        }
    }

    /// <summary>
    /// Creates the checkpoint folder. Never recreates the run's folder: if it is gone, so is everything that a checkpoint would resume.
    /// </summary>
    private void MakePlace()
    {
        if (!Directory.Exists(folder.Path))
        {
            throw new DirectoryNotFoundException($"{folder.Path} no longer exists.");
        }

        Directory.CreateDirectory(folder.CheckpointsPath);
    }

    private void Tidy(BestWeights? current, RunSpec spec)
    {
        IReadOnlyList<StoredCheckpoint> all = List();
        StoredCheckpoint[] last = [.. all.Where(stored => !stored.IsBest).Take(Kept)];
        HashSet<int?> best = [current?.Step, .. last.Select(stored => RunCheckpoint.TryRead(stored.Path)?.Best?.Step)];
        HashSet<int> spread = [.. Spread([.. all.Where(stored => !stored.IsBest).Select(stored => stored.Step)], spec)];
        IEnumerable<StoredCheckpoint> superfluous = all.Except(last)
            .Where(stored => stored.IsBest ? !best.Contains(stored.Step)
                : !spread.Contains(stored.Step) && stored.Step != spec.BranchStep); // a branch starts from this checkpoint
        foreach (StoredCheckpoint old in superfluous)
        {
            if (old.IsBest)
            {
                Directory.Delete(old.Path, recursive: true);
            }
            else
            {
                File.Delete(old.Path);
            }
        }
    }

    /// <summary>
    /// Returns which of the stored steps to keep. The run is divided into one part more than the checkpoints to keep; each part but the
    /// first keeps its first step. A step once kept remains kept, whichever steps follow.
    /// </summary>
    internal static IEnumerable<int> Spread(IReadOnlyCollection<int> steps, RunSpec spec) =>
        steps.GroupBy(step => (long)step * (spec.KeepCheckpoints + 1) / spec.MaxSteps)
            .Where(part => part.Key >= 1 && part.Key <= spec.KeepCheckpoints)
            .Select(part => part.Min());

    private string PathOf(string prefix, int step, string extension) =>
        System.IO.Path.Combine(folder.CheckpointsPath, string.Create(CultureInfo.InvariantCulture, $"{prefix}{step:D6}{extension}"));

    private static int? StepOf(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : null;
}
