using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Removes datasets from a data folder.</summary>
public static class DatasetRemover
{
    /// <summary>Returns the folders of a dataset, as far as they exist.</summary>
    /// <exception cref="InputException">There is nothing to remove.</exception>
    public static IReadOnlyList<string> Find(string name, string dataDir)
    {
        DatasetInfo info = DatasetCatalog.Get(name, dataDir);
        string[] folders =
            [.. new[] { Path.Combine(dataDir, name), Path.Combine(dataDir, DatasetLayout.GptFolder, name) }.Where(Directory.Exists)];
        return info.IsGenerated ? throw new InputException($"{name} is made by the program and takes no room; there is nothing to remove.")
            : folders.Length == 0 ? throw new InputException($"{name} is not in {Path.GetFullPath(dataDir)}; there is nothing to remove.")
            : folders;
    }

    /// <summary>Removes them. A folder that is a link loses the link alone.</summary>
    /// <exception cref="StudioException">A folder cannot be deleted.</exception>
    public static void Remove(IReadOnlyList<string> folders)
    {
        foreach (string folder in folders)
        {
            try
            {
                bool isLink = new DirectoryInfo(folder).LinkTarget is not null;
                Directory.Delete(folder, recursive: !isLink);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StudioException($"{folder} cannot be removed ({e.Message.TrimEnd('.')}).", cause: e);
            }
        }
    }
}
