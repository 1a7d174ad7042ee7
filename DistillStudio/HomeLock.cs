using DistillStudio.Engine.Runtime;

namespace DistillStudio;

/// <summary>One studio a home: holds the home's lock file until disposed, and says beside it where the studio is.</summary>
internal sealed class HomeLock : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _addressPath;

    private HomeLock(FileStream file, string addressPath) => (_lock, _addressPath) = (file, addressPath);

    /// <exception cref="InputException">Another studio is open on this home, or the home cannot be written.</exception>
    public static HomeLock Take(StudioHome home)
    {
        string lockPath = Path.Combine(home.Path, "studio.lock");
        string addressPath = Path.Combine(home.Path, "studio.address");
        try
        {
            PrivateFiles.MakeFolder(home.Path);
            return new HomeLock(new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), addressPath);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"{home.Path} cannot be written: make it writable, or name another place with --home DIR.", e);
        }
        catch (IOException e) when (File.Exists(lockPath))
        {
            string where = File.Exists(addressPath) ? $" at {File.ReadAllText(addressPath).Trim()}" : "";
            throw new InputException($"A studio is open on {home.Path} already{where}; use that one, or name another place with --home DIR.", e);
        }
        catch (IOException e)
        {
            throw new InputException($"{home.Path} cannot be written: {e.Message.TrimEnd('.')}; name another place with --home DIR.", e);
        }
    }

    /// <summary>Tells a second studio where this one is.</summary>
    public void Announce(string address) => AtomicFile.WriteAllText(_addressPath, address + Environment.NewLine);

    public void Dispose()
    {
        File.Delete(_addressPath);
        _lock.Dispose();
    }
}
