using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Import;

/// <summary>
/// A separate hidden data folder next to the datasets, in which a new dataset is built; the finished dataset is moved out of it, and the
/// rest is deleted.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private readonly string _dataDir;
    private readonly TransientFolder _folder;

    private StagingFolder(string dataDir, TransientFolder folder) => (_dataDir, _folder) = (dataDir, folder);

    public string Path => _folder.Path;

    /// <exception cref="StudioException">The data folder cannot be written.</exception>
    public static StagingFolder Create(string dataDir)
    {
        try
        {
            Directory.CreateDirectory(dataDir);
            return new(dataDir, TransientFolder.Create(dataDir, "import"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException(
                $"{dataDir} cannot be written ({e.Message.TrimEnd('.')}); name another folder with --data-dir or --home.", cause: e);
        }
    }

    /// <summary>Moves a finished folder to the datasets.</summary>
    /// <param name="relative">Path below both folders.</param>
    /// <exception cref="InputException">The name is taken.</exception>
    public void Publish(string relative)
    {
        string target = System.IO.Path.Combine(_dataDir, relative);
        if (System.IO.Path.Exists(target))
        {
            throw new InputException($"{target} already exists; remove it first, or choose another name.");
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        Directory.Move(System.IO.Path.Combine(Path, relative), target);
    }

    public void Dispose() => _folder.Dispose();

    /// <exception cref="InputException">The name cannot be used, or is taken.</exception>
    public static void RequireFree(string dataDir, string name)
    {
        if (DatasetNames.FindTaken(dataDir, name) is { } taken)
        {
            throw new InputException($"A dataset \"{taken}\" already exists in {System.IO.Path.GetFullPath(dataDir)}; "
                + $"remove it first (datasets remove {taken}), or choose another name.");
        }
    }
}
