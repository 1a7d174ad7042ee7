using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>The files that sign cookies and forms, which the framework opens by itself.</summary>
internal static class KeyFiles
{
    /// <summary>A key has about a kilobyte.</summary>
    private const long MaxBytes = 1 << 20;

    /// <summary>Opening a pipe would hold up the first page for ever.</summary>
    /// <param name="folder">It need not exist.</param>
    /// <exception cref="InputException">Something else lies in the place of the folder or of a key.</exception>
    public static void RequirePlain(string folder)
    {
        string place = folder;
        try
        {
            if (!Directory.Exists(folder))
            {
                if (Path.Exists(folder))
                {
                    throw new IOException("it is no folder");
                }

                return;
            }

            foreach (string key in Directory.EnumerateFiles(folder, "*.xml"))
            {
                place = key;
                PlainFile.RequirePlain(key, MaxBytes);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{place} cannot be used ({e.Message.TrimEnd('.')}); remove it, and a new key is made: browsers then sign in again.", e);
        }
    }
}
