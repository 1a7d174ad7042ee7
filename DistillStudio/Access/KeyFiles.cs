using System.Xml;
using System.Xml.Linq;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Access;

/// <summary>The files that sign cookies and forms. The framework opens them by itself: one that is a pipe would hold up every page, and one cut short would fail them.</summary>
internal static class KeyFiles
{
    /// <summary>A key has about a kilobyte.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Renames what is no key, so that a new one is made; browsers then sign in again.</summary>
    /// <param name="folder">It need not exist.</param>
    /// <exception cref="InputException">Something else lies in the place of the folder, or it cannot be read or written.</exception>
    public static void SetDamagedAside(string folder, ILogger log)
    {
        try
        {
            if (!Directory.Exists(folder) && Path.Exists(folder))
            {
                throw new IOException("it is no folder");
            }

            foreach (string path in !Directory.Exists(folder) ? [] : Directory.EnumerateFileSystemEntries(folder, "*.xml"))
            {
                if (WhyNoKey(path) is { } why)
                {
                    Rename(path);
                    log.LogWarning("{Key} is no key ({Why}) and is set aside; browsers sign in again.", path, why);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be used ({e.Message.TrimEnd('.')}); make it a folder that can be read and written, or remove it.", e);
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
            File.Delete(path); // a link to nowhere
        }
    }
}
