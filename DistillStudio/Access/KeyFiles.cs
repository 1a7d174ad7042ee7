using System.Xml;
using System.Xml.Linq;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Access;

/// <summary>
/// Validates the key files that sign cookies and forms. The framework reads them without checks: a pipe would block every page, and
/// a truncated file would make every page fail.
/// </summary>
internal static class KeyFiles
{
    private const int MaxBytes = 1 << 20;

    /// <summary>About the size of a key.</summary>
    private const int KeyBytes = 1 << 10;

    private const string Pattern = "*.xml";

    /// <summary>
    /// Renames invalid key files, so that a new key is generated; browsers must then sign in again. If there is no key, checks that one
    /// can be written: without it no page opens.
    /// </summary>
    /// <param name="folder">Key folder; need not exist.</param>
    /// <param name="log">Logs each renamed file.</param>
    /// <exception cref="InputException">The path is not a folder, or the folder cannot be read or written.</exception>
    public static void Prepare(string folder, ILogger log)
    {
        try
        {
            if (!Directory.Exists(folder) && Path.Exists(folder))
            {
                throw new IOException("it is not a folder");
            }

            foreach (string path in !Directory.Exists(folder) ? [] : Directory.EnumerateFileSystemEntries(folder, Pattern))
            {
                if (WhyNoKey(path) is { } why)
                {
                    Rename(path);
                    log.LogWarning("{Key} is not a key ({Why}) and was renamed; browsers must sign in again.", path, why);
                }
            }

            PrivateFiles.MakeFolder(folder);
            if (!Directory.EnumerateFiles(folder, Pattern).Any())
            {
                string trial = Path.Combine(folder, "trial");
                AtomicFile.Write(trial, stream => stream.Write(new byte[KeyBytes]));
                File.Delete(trial);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be used ({e.Message.TrimEnd('.')}); make it a folder that can be read and written, "
                + $"on a disk with free space, or remove it.", e);
        }
    }

    private static string? WhyNoKey(string path)
    {
        try
        {
            _ = XDocument.Load(new MemoryStream(PlainFile.ReadAllBytes(path, MaxBytes)));
            return null;
        }
        catch (Exception e) when (e is IOException or XmlException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static void Rename(string path)
    {
        string aside = $"{path}.{Guid.NewGuid():N}.damaged";
        if (Directory.Exists(path))
        {
            Directory.Move(path, aside);
        }
        else if (File.Exists(path))
        {
            File.Move(path, aside);
        }
        else
        {
            File.Delete(path); // a dangling link
        }
    }
}
