using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>Imports a model from a folder or a zip archive into the home. Nothing appears there before it is complete and can be
/// trained.</summary>
public sealed class ModelImporter(StudioHome home)
{
    private const string ZipEnding = ".zip";

    /// <summary>Returns the default name of a model: that of the folder or archive, with dashes in place of characters not allowed in a
    /// name.</summary>
    public static string ProposeName(string source)
    {
        string file = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        string stem = file.EndsWith(ZipEnding, StringComparison.OrdinalIgnoreCase) ? file[..^ZipEnding.Length] : file;
        string name =
            string.Concat(stem.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).TrimStart('.', '_', '-');
        return name.Length == 0 ? "model" : name;
    }

    /// <param name="source">A Hugging Face folder, or a zip archive of one.</param>
    /// <param name="name">The model's name in the home; null for <see cref="ProposeName"/>.</param>
    /// <param name="progress">May be null.</param>
    /// <param name="stop">Cancels the import and leaves nothing behind.</param>
    /// <exception cref="InputException">The model cannot be used, or its name is taken.</exception>
    /// <exception cref="StudioException">The disk is full or cannot be written.</exception>
    public BroughtModel Import(string source, string? name, Action<ModelProgress>? progress, CancellationToken stop)
    {
        source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        bool isFolder = Directory.Exists(source);
        if (!isFolder && !File.Exists(source))
        {
            throw new InputException($"{source} does not exist; name a model's folder, or a zip archive of one.");
        }

        name = ModelStore.NameOf(name ?? ProposeName(source));
        string target = ModelStore.RequireNew(home, name);
        if (isFolder)
        {
            ModelStaging.RequireTrainable(source); // names the user's own files in errors, before they are copied
        }

        using ModelStaging staging = ModelStaging.Open(home.Models, name, "import");
        try
        {
            staging.Restart();
            IReadOnlyList<OriginFile> files = isFolder
                ? FolderCopy.Copy(source, staging.Path, "copying", progress, stop)
                : ModelZip.Extract(source, staging.Path, progress, stop);
            ModelInfo info = staging.Check(name);
            CheckWeights(staging, name, files.Sum(file => file.Bytes), progress, stop);
            new ModelOrigin(source, name, "", null, DateTimeOffset.UtcNow, files).Write(staging.Path);
            staging.Publish(home, target);
            return new(name, target, info, ModelOrigin.Read(target)!, FromCache: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException($"{source} cannot be imported: {staging.WhyUnwritable(e)}; nothing was kept.", cause: e);
        }
        catch (StudioException e) when (e is not InputException && staging.IsNamedIn(e))
        {
            throw staging.Rename(e);
        }
        finally
        {
            staging.Delete();
        }
    }

    private static void CheckWeights(ModelStaging staging, string name, long bytes, Action<ModelProgress>? progress, CancellationToken stop)
    {
        try
        {
            HuggingFaceFolder.CheckWeights(
                staging.Path, share => progress?.Invoke(new("checking the weights", (long)(share * bytes), bytes)), stop);
        }
        catch (InputException e)
        {
            throw staging.Rename(e, name);
        }
    }
}
