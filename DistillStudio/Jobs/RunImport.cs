using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Takes runs that another studio exported into a home. All runs of an archive appear, or none.</summary>
/// <param name="home">The home; an open studio shows the runs automatically.</param>
internal sealed class RunImport(StudioHome home)
{
    private const int SuffixLength = 5; // of an id: a dash and four digits

    /// <param name="path">An archive of <see cref="RunZip"/>.</param>
    /// <param name="stop">Checked within files; nothing is imported then.</param>
    /// <returns>The runs as they are in the home; an id that is taken is replaced by a new one.</returns>
    /// <exception cref="InputException">The archive is damaged, unsafe, or holds no run, or the home cannot be written.</exception>
    public IReadOnlyList<RunSummary> Import(string path, CancellationToken stop) =>
        Import(staging => RunUnzip.Extract(path, staging, stop).Select(id => Check(path, Path.Combine(staging, id))), stop);

    /// <summary>Takes in the curves of other programs' runs.</summary>
    /// <inheritdoc cref="CurvesImport.Stage"/>
    public IReadOnlyList<RunSummary> ImportCurves(
        IReadOnlyList<string> paths, string? name, Action<string> progress, CancellationToken stop) =>
        Import(staging => CurvesImport.Stage(paths, name, staging, progress, stop).Select(folder => FoundRun.Read(folder)!), stop);

    private IReadOnlyList<RunSummary> Import(Func<string, IEnumerable<RunSummary>> stage, CancellationToken stop)
    {
        var moved = new List<string>();
        bool isWhole = false;
        try
        {
            PrivateFiles.MakeFolder(home.Runs);
            using var staging = TransientFolder.Create(home.Runs, "import");
            RunSummary[] found = [.. stage(staging.Path)];
            foreach (RunSummary run in found)
            {
                stop.ThrowIfCancellationRequested();
                string target = Path.Combine(home.Runs, FreeId(run.Id));
                Directory.Move(run.Folder, target);
                moved.Add(target);
            }

            isWhole = true;
            return [.. moved.Select(folder => RunArchive.ReadEvents(FoundRun.Read(folder)!, _ => { }))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{home.Runs} cannot be written ({e.Message.TrimEnd('.')}); make it writable. Nothing was imported.", e);
        }
        finally
        {
            moved.Where(_ => !isWhole).ToList().ForEach(TryDelete);
        }
    }

    /// <summary>Requires a whole run in an unpacked folder, and marks where it came from.</summary>
    private static RunSummary Check(string path, string folder)
    {
        string id = Path.GetFileName(folder);
        try
        {
            RunSummary run = FoundRun.Read(folder) ?? throw new InputException($"it has no {RunFolder.EventsName}");
            if (RunArchive.Events(run).FirstOrDefault() is not { } first)
            {
                throw new InputException($"its {RunFolder.EventsName} holds no event that can be read");
            }

            run = RunArchive.ReadEvents(run, _ => { });
            RunSidecar sidecar = RunSidecar.Of(run) with
            {
                Placement = null, // of the home that it comes from
                QueueOrder = null,
                DeletedAt = null,
                Color = null,
                Origin = new(Path.GetFileName(path), run.Origin?.Id ?? id, TimeProvider.System.GetUtcNow()),
            };
            sidecar.Write(folder);
            File.SetLastWriteTimeUtc(Path.Combine(folder, RunFolder.SpecName), first.Time.UtcDateTime);
            return run;
        }
        catch (InputException e)
        {
            throw new InputException(
                $"{path}: {id} is no whole run: {e.Message.Replace(folder, id, StringComparison.Ordinal).TrimEnd('.')}. "
                    + $"Nothing was imported; name an archive that `runs export` wrote.", e);
        }
    }

    /// <summary>Returns the id, or the same one with another end if it is taken.</summary>
    private string FreeId(string id)
    {
        string free = id;
        string stem = id.Length > SuffixLength && id[^SuffixLength] == '-' ? id[..^SuffixLength] : id;
        while (Path.Exists(Path.Combine(home.Runs, free)))
        {
            free = $"{stem}-{Random.Shared.Next(0x10000):x4}";
        }

        return free;
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The run is whole, and is shown.
        }
    }
}
