using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.TensorBoard;

namespace DistillStudio.Jobs;

/// <summary>Makes runs of curves alone, without settings and weights, from the event files of TensorBoard.</summary>
internal static class CurvesImport
{
    public const string Tag = "imported curves";

    /// <summary>Returns true for an event file, and for a folder, which can hold nothing else that is imported.</summary>
    public static bool IsSource(string path) => Directory.Exists(path) || TensorBoardRecords.IsOne(path);

    /// <summary>Writes a run for each folder of event files into an empty folder.</summary>
    /// <param name="paths">Event files, and folders that hold such at any depth; files of one folder are of one run.</param>
    /// <param name="name">Name of the run; null to take that of its folder.</param>
    /// <param name="staging">Where the runs are written.</param>
    /// <param name="progress">Receives what is done now, as a phrase.</param>
    /// <param name="stop">Checked while searching and reading.</param>
    /// <returns>The folders of the runs.</returns>
    /// <exception cref="InputException">A file is damaged, there is no curve, or a name is given for several runs.</exception>
    public static IReadOnlyList<string> Stage(
        IReadOnlyList<string> paths, string? name, string staging, Action<string> progress, CancellationToken stop)
    {
        string[] files =
        [
            .. paths.SelectMany(path => FilesOf(path, progress, stop)).Select(Path.GetFullPath).Distinct().Order(StringComparer.Ordinal),
        ];
        (string[] Files, ImportedCurves Curves)[] runs =
        [
            .. from file in files
               group file by Path.GetDirectoryName(file)! into same
               let curves = ImportedCurves.Read(same.Select(file => Told(file, progress)), stop)
               where curves is not null
               select (same.ToArray(), curves),
        ];
        if (runs.Length == 0)
        {
            throw new InputException($"{string.Join(", ", paths.Take(3))} holds no curve that the studio recognises, such as train/loss, "
                + $"eval/loss or eval/accuracy.");
        }

        return name is null || runs.Length == 1
            ? [.. runs.Select(run => Write(run.Files, run.Curves, name ?? NameOf(run.Files[0], paths), staging))]
            : throw new InputException($"--name names one run, but the files are of {runs.Length}; import them one by one.");
    }

    private static string Told(string file, Action<string> progress)
    {
        progress($"reading {file}");
        return file;
    }

    private static IEnumerable<string> FilesOf(string path, Action<string> progress, CancellationToken stop)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        try
        {
            IReadOnlyList<string> found = EventFileSearch.Find(
                path,
                (folders, files) =>
                    progress($"looking for event files: {Format.Plural(files, "file")} in {Format.Plural(folders, "folder")}"),
                stop);
            return found.Count > 0 ? found : throw new InputException($"{path} holds no event file of TensorBoard; such files are called "
                + $"events.out.tfevents….");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", e);
        }
    }

    /// <summary>Returns the path of the run's folder below the one that was named, or that folder's own name.</summary>
    private static string NameOf(string file, IReadOnlyList<string> paths)
    {
        string folder = Path.GetDirectoryName(file)!;
        string? root = paths.Where(Directory.Exists).Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))
            .FirstOrDefault(path => folder.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        string name = root is null ? Path.GetFileName(folder) : Path.GetRelativePath(root, folder).Replace('\\', '/');
        return SettingLimits.CutName(name.Length > 0 ? name : Path.GetFileName(file));
    }

    private static string Write(string[] files, ImportedCurves curves, string name, string staging)
    {
        IReadOnlyList<RunEvent> events = curves.ToEvents();
        RunFolder folder = RunFolder.Create(staging, RunSpec.OfCurves(curves.LastStep, curves.HasRationales), events[0].Time);
        using (FileStream file = PlainFile.OpenOrCreate(folder.EventsPath, FileShare.Read))
        using (var buffered = new BufferedStream(file))
        {
            foreach (RunEvent happened in events)
            {
                buffered.Write(EventLine.Write(happened));
            }
        }

        new RunSidecar
        {
            Name = name,
            Tags = [Tag],
            Origin = new(Path.GetFileName(files[0]), Path.GetFileName(Path.GetDirectoryName(files[0])!), TimeProvider.System.GetUtcNow()),
        }.Write(folder.Path);
        File.SetLastWriteTimeUtc(folder.SpecPath, events[0].Time.UtcDateTime);
        return folder.Path;
    }
}
