using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>The models in a home: folders below its <c>models</c>, one or two deep.</summary>
public static class ModelStore
{
    /// <summary>Returns the folders of the home's models in order; without the bundled one and unfinished ones.</summary>
    public static IEnumerable<string> Folders(StudioHome home)
    {
        static IEnumerable<string> Below(string folder) => Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true })
                .Where(path => !Path.GetFileName(path).StartsWith('.'))
            : [];

        return Below(home.Models).SelectMany(folder => ModelLocator.IsModel(folder) ? [folder] : Below(folder).Where(ModelLocator.IsModel))
            .Where(folder => !ModelLocator.IsBundled(NameIn(home, folder)))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>Returns the name of a model's folder in the home: <c>owner/name</c> or <c>name</c>.</summary>
    public static string NameIn(StudioHome home, string folder) =>
        Path.GetRelativePath(home.Models, folder).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>Returns the folder of a model that is in the home.</summary>
    /// <exception cref="InputException">There is none of this name, or it is the bundled one.</exception>
    public static string Require(StudioHome home, string name)
    {
        string folder = FolderOf(home, name);
        return ModelLocator.IsBundled(name) ? throw new InputException($"{name} is the bundled model and takes no disk space; "
            + $"there is nothing to remove.")
            : Directory.Exists(folder) && Folders(home).Contains(folder) ? folder
            : throw new InputException($"{name} is not in {home.Models}; models list shows those that are there.");
    }

    /// <summary>Deletes a model's folder, and its owner's if nothing else is in it; if it is a link, deletes only the link.</summary>
    /// <param name="folder">From <see cref="Require"/>.</param>
    /// <exception cref="StudioException">It cannot be deleted.</exception>
    public static void Remove(StudioHome home, string folder)
    {
        try
        {
            bool isLink = new DirectoryInfo(folder).LinkTarget is not null;
            Directory.Delete(folder, recursive: !isLink);
            string owner = Path.GetDirectoryName(folder)!;
            if (owner != home.Models && new DirectoryInfo(owner).LinkTarget is null && !Directory.EnumerateFileSystemEntries(owner).Any())
            {
                Directory.Delete(owner);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException($"{folder} cannot be removed ({e.Message.TrimEnd('.')}).", cause: e);
        }
    }

    /// <summary>Returns the folder of a model's name.</summary>
    /// <exception cref="InputException">The text is not a valid model name.</exception>
    internal static string FolderOf(StudioHome home, string name) => Path.Combine(home.Models, NameOf(name));

    /// <summary>Returns the name without a hub's address.</summary>
    /// <exception cref="InputException">The text is not a valid model name.</exception>
    internal static string NameOf(string name) =>
        ModelLocator.HubName(name) ?? throw new InputException($"\"{name.ReplaceLineEndings(" ")}\" is not a valid model name; "
            + $"write it as google/t5-efficient-mini: letters, digits and . _ -, with at most one slash.");

    /// <summary>Returns the folder of a model to be imported.</summary>
    /// <exception cref="InputException">The text is not a valid name of a new model, or its path is occupied.</exception>
    internal static string RequireNew(StudioHome home, string name)
    {
        string target = FolderOf(home, name);
        if (ModelLocator.IsBundled(NameOf(name)))
        {
            throw new InputException($"{name} is the bundled model's name; choose another.");
        }

        RequireFree(home, target);
        return target;
    }

    /// <exception cref="InputException">The path is occupied, or is inside another model.</exception>
    internal static void RequireFree(StudioHome home, string target)
    {
        if (Path.Exists(target))
        {
            throw new InputException($"{target} already exists; use it, or remove that folder first.");
        }

        string owner = Path.GetDirectoryName(target)!;
        if (owner != home.Models && (File.Exists(owner) || ModelLocator.IsModel(owner)))
        {
            throw new InputException($"{owner} is itself a model, so it cannot contain another; choose another name, "
                + $"or remove that model first.");
        }
    }
}
