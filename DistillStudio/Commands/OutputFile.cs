using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands;

/// <summary>Writes a file named by the user, with the permissions of the user's other files.</summary>
internal static class OutputFile
{
    /// <summary>Writes a new file atomically.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="InputException">The file exists, or cannot be written.</exception>
    public static void Create(string path, Action<Stream> write)
    {
        if (Path.Exists(path))
        {
            throw new InputException($"{path} already exists; name another file with --out, or remove it.");
        }

        try
        {
            using (PrivateFiles.AsTheUserWants())
            {
                AtomicFile.Write(path, write);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message.TrimEnd('.')}; name another file with --out.", e);
        }
    }
}
