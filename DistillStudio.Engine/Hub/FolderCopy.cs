using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>Copies a model's files from one folder to another.</summary>
internal static class FolderCopy
{
    /// <param name="source">The folder that holds the model; links in it are followed.</param>
    /// <param name="target">A folder that exists.</param>
    /// <param name="stage">Reported as the stage of the progress.</param>
    /// <exception cref="Runtime.StudioException">The disk has too little free space.</exception>
    public static IReadOnlyList<OriginFile> Copy(
        string source, string target, string stage, Action<ModelProgress>? progress, CancellationToken stop)
    {
        IReadOnlyList<string> names = HubFiles.In(source);
        long total = names.Sum(name => LengthOf(Path.Combine(source, name)));
        DiskSpace.Require(target, total);
        long copied = 0;
        var files = new List<OriginFile>();
        foreach (string name in names)
        {
            using FileStream file = PlainFile.OpenRead(Path.Combine(source, name));
            files.Add(FileCopy.Copy(file, Path.Combine(target, name), bytes => progress?.Invoke(new(stage, copied += bytes, total)), stop));
        }

        return files;
    }

    private static long LengthOf(string path)
    {
        using FileStream file = PlainFile.OpenRead(path);
        return file.Length;
    }
}
