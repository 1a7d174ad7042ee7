using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Hosting;

/// <summary>
/// Ensures one studio per home: holds the home's lock file until disposed, and writes the studio's address to a file beside it.
/// </summary>
internal sealed class HomeLock : IDisposable
{
    private const int LongestAddress = 1 << 12;

    private readonly FileLock _lock;
    private readonly string _addressPath;

    private HomeLock(FileLock taken, string addressPath) => (_lock, _addressPath) = (taken, addressPath);

    /// <exception cref="InputException">Another studio is open on this home, or the home cannot be written.</exception>
    public static HomeLock Take(StudioHome home) => TryTake(home)
        ?? throw new InputException($"A studio is already open on {home.Path}{Where(AddressPath(home))}; use that one, "
            + $"or name another home with --home DIR.");

    /// <summary>Takes the home; returns null if a studio is open on it.</summary>
    /// <exception cref="InputException">The home cannot be written.</exception>
    public static HomeLock? TryTake(StudioHome home)
    {
        try
        {
            PrivateFiles.MakeFolder(home.Path);
            return FileLock.TryTake(Path.Combine(home.Path, "studio.lock"), isKept: true) is { } taken
                ? new HomeLock(taken, AddressPath(home))
                : null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"{home.Path} cannot be written; make it writable, or name another home with --home DIR.", e);
        }
        catch (IOException e)
        {
            throw new InputException($"{home.Path} cannot be written: {e.Message.TrimEnd('.')}; name another home with --home DIR.", e);
        }
    }

    /// <summary>Writes the address of this studio, which a second studio shows in its error message. I/O errors are ignored.</summary>
    public void Announce(string address)
    {
        try
        {
            AtomicFile.WriteAllText(_addressPath, address + Environment.NewLine);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A second studio is still refused, without the address in the message.
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_addressPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next studio overwrites the file.
        }

        _lock.Dispose();
    }

    private static string AddressPath(StudioHome home) => Path.Combine(home.Path, "studio.address");

    private static string Where(string addressPath)
    {
        try
        {
            return $" at {PlainFile.ReadAllText(addressPath, LongestAddress).Trim()}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
