using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>A file of a model to be exported, packed or pushed.</summary>
/// <param name="Name">Its plain name.</param>
/// <param name="Open">Opens it at its start; may be called several times.</param>
public sealed record ModelFile(string Name, long Bytes, Func<Stream> Open)
{
    /// <summary>Creates a file of bytes in memory.</summary>
    public static ModelFile Of(string name, byte[] content) => new(name, content.Length, () => new MemoryStream(content, writable: false));

    /// <summary>Returns the files of a model's folder.</summary>
    /// <exception cref="InputException">The folder holds no readable model.</exception>
    public static IReadOnlyList<ModelFile> In(string folder)
    {
        ModelStaging.RequireTrainable(folder);
        return [.. HubFiles.In(folder).Select(name => OnDisk(name, Path.Combine(folder, name)))];
    }

    private static ModelFile OnDisk(string name, string path)
    {
        using FileStream file = PlainFile.OpenRead(path);
        return new(name, file.Length, () => PlainFile.OpenRead(path, bufferSize: 0));
    }
}
