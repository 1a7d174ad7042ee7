using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>A folder under <c>studies</c> whose study cannot be read.</summary>
/// <param name="Problem">One sentence.</param>
public sealed record UnreadableStudy(string Id, string Problem);

/// <summary>The studies of a home: <c>studies/ID/study.json</c>.</summary>
public sealed class StudyStore(StudioHome home)
{
    public const string FileName = "study.json";

    /// <summary>The study's file while its deletion can be undone.</summary>
    private const string DeletedName = "study.deleted.json";

    private const string LockName = "study.lock";
    private const int LongestId = 60;

    /// <summary>Returns the studies, newest first, and the folders that hold none that can be read.</summary>
    public (IReadOnlyList<Study> Studies, IReadOnlyList<UnreadableStudy> Unreadable) List()
    {
        var studies = new List<Study>();
        var unreadable = new List<UnreadableStudy>();
        foreach (string id in Ids())
        {
            try
            {
                studies.Add(Get(id));
            }
            catch (InputException e)
            {
                unreadable.Add(new(id, e.Problems[0]));
            }
        }

        return ([.. studies.OrderByDescending(study => study.CreatedAt).ThenBy(study => study.Id, StringComparer.Ordinal)], unreadable);
    }

    /// <summary>Returns true for a study that is there and not deleted, readable or not.</summary>
    public bool Contains(string id) => IsId(id) && Path.Exists(PathOf(id));

    /// <summary>Returns true for the name of a folder: an id may come from an address, and must not lead out of the studies.</summary>
    public static bool IsId(string id) => Path.GetFileName(id) == id && id is not ("" or "." or "..");

    /// <exception cref="InputException">There is no such study, or its file cannot be read.</exception>
    public Study Get(string id) => Contains(id)
        ? StudyFile.Read(PathOf(id), id) with { Id = id }
        : throw new InputException($"There is no study with the id {SettingLimits.Cut(id, LongestId)}; choose one of the list.");

    /// <summary>Returns the study with this id or, regardless of case, this name; null if there is none.</summary>
    /// <exception cref="InputException">The study's file cannot be read.</exception>
    public Study? Find(string idOrName) => Ids().Contains(idOrName)
        ? Get(idOrName)
        : List().Studies.FirstOrDefault(study => study.Name.Equals(idOrName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Creates the folder of a new study and returns the study with its id.</summary>
    /// <exception cref="InputException">A study of that name exists, or the home cannot be written.</exception>
    public Study Create(Study study, DateTimeOffset now)
    {
        if (Find(study.Name) is not null)
        {
            throw new InputException($"A study called {study.Name} exists already; continue it, or choose another name.");
        }

        string stem = Slug(study.Name);
        string id = Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? stem : $"{stem}-{i}").First(
            free => !Path.Exists(FolderOf(free)));
        return Save(study with { Id = id, CreatedAt = now });
    }

    /// <summary>Returns a study with another name, notes or margin.</summary>
    /// <exception cref="InputException">The study would be invalid, or another has the name.</exception>
    public Study Describe(Study study, string name, string notes, double? margin)
    {
        study = study with
        {
            Name = name.Trim(),
            Notes = notes,
            Comparison = study.Comparison is { } compared ? compared with { Margin = margin } : null,
        };
        if (StudyRules.Check(study) is { Count: > 0 } problems)
        {
            throw new InputException(problems);
        }

        return Find(study.Name) is { } other && other.Id != study.Id
            ? throw new InputException($"A study called {other.Name} exists already; choose another name.")
            : study;
    }

    /// <summary>Hides a study, readable or not, until the deletion is undone or made final. Its runs are not touched.</summary>
    /// <exception cref="InputException">There is no such study, or its folder cannot be written.</exception>
    public void Delete(string id, DateTimeOffset now)
    {
        RequireId(id, FileName);
        Write(id, folder =>
        {
            File.SetLastWriteTimeUtc(Path.Combine(folder, FileName), now.UtcDateTime); // the time of deletion
            File.Move(Path.Combine(folder, FileName), Path.Combine(folder, DeletedName), overwrite: true);
        });
    }

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="InputException">The study was removed meanwhile, or a new study has its name.</exception>
    public void Undelete(string id)
    {
        RequireId(id, DeletedName);
        string deleted = Path.Combine(FolderOf(id), DeletedName);
        if (TryReadName(deleted, id) is { } name && Find(name) is { } other)
        {
            throw new InputException($"A study called {other.Name} exists by now; rename that one, then undo.");
        }

        Write(id, _ => File.Move(deleted, PathOf(id)));
    }

    /// <summary>Removes the studies for good that were deleted before a time.</summary>
    /// <exception cref="InputException">A folder cannot be removed.</exception>
    public void Purge(DateTimeOffset before)
    {
        foreach (string id in Folders().Where(id => File.Exists(Path.Combine(FolderOf(id), DeletedName)) && !Path.Exists(PathOf(id))))
        {
            if (File.GetLastWriteTimeUtc(Path.Combine(FolderOf(id), DeletedName)) < before.UtcDateTime)
            {
                Remove(id);
            }
        }
    }

    /// <summary>Removes a study's folder for good. Its runs are not touched.</summary>
    /// <exception cref="InputException">The folder cannot be removed.</exception>
    public void Remove(string id) => Write(id, folder => Directory.Delete(folder, recursive: true));

    /// <summary>Writes the study's file and returns the study.</summary>
    /// <exception cref="InputException">The home cannot be written.</exception>
    public Study Save(Study study)
    {
        try
        {
            PrivateFiles.MakeFolder(FolderOf(study.Id));
            StudyFile.Write(PathOf(study.Id), study);
            return study;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{FolderOf(study.Id)} cannot be written ({e.Message.TrimEnd('.')}); "
                + $"make it writable, free some space, or choose another home with --home.", e);
        }
    }

    /// <summary>
    /// Reserves the study's runs for this process until disposed, so that no run is made twice; null if another process has it.
    /// </summary>
    /// <exception cref="InputException">The lock file cannot be created.</exception>
    public IDisposable? TryTake(string id)
    {
        string path = Path.Combine(FolderOf(id), LockName);
        try
        {
            return FileLock.TryTake(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be used as the study's lock ({e.Message.TrimEnd('.')}); "
                + $"make it a file that can be read and written, or remove it.", e);
        }
    }

    /// <summary>Returns true if a process, this one included, has reserved the study's runs; false if that cannot be determined.</summary>
    public bool IsTaken(string id)
    {
        try
        {
            return FileLock.IsHeld(Path.Combine(FolderOf(id), LockName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // taking it reports why
        }
    }

    /// <summary>Returns the study's folder.</summary>
    public string FolderOf(string id) => Path.Combine(home.Studies, id);

    private static string? TryReadName(string path, string id)
    {
        try
        {
            return StudyFile.Read(path, id).Name;
        }
        catch (InputException)
        {
            return null; // it is listed as unreadable again
        }
    }

    private void RequireId(string id, string file)
    {
        if (!IsId(id) || !Path.Exists(Path.Combine(FolderOf(id), file)))
        {
            throw new InputException($"There is no study with the id {SettingLimits.Cut(id, LongestId)}; choose one of the list.");
        }
    }

    private void Write(string id, Action<string> change)
    {
        try
        {
            change(FolderOf(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{FolderOf(id)} cannot be changed ({e.Message.TrimEnd('.')}); make it writable.", e);
        }
    }

    private string PathOf(string id) => Path.Combine(FolderOf(id), FileName);

    private IEnumerable<string> Ids() => Folders().Where(id => Path.Exists(PathOf(id)));

    private string[] Folders()
    {
        try
        {
            return [.. Directory.EnumerateDirectories(home.Studies).Select(path => Path.GetFileName(path)!)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{home.Studies} cannot be read ({e.Message.TrimEnd('.')}); make it a folder that can be read.", e);
        }
    }

    private static string Slug(string name)
    {
        string slug = string.Join(
            '-',
            new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]).Split(
                ' ', StringSplitOptions.RemoveEmptyEntries));
        return slug.Length == 0 ? "study" : slug[..Math.Min(slug.Length, LongestId)].Trim('-');
    }
}
