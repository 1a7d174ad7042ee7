using DistillStudio.Engine.Runtime.Files;
using LiteDB;

namespace DistillStudio.History;

/// <summary>
/// Keeps a readable <c>studio.db</c> open. Renames a damaged file and creates a new one; retries while the disk is full or missing.
/// <see cref="Read"/> is thread-safe; all other members must be called from one thread. Whoever reads or writes has the database alone,
/// see <see cref="StudioDatabase"/>: keep reads short.
/// </summary>
internal sealed class HistoryStore : IDisposable
{
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private StudioDatabase? _database;
    private volatile bool _isDamaged;
    private bool _isFailureLogged;
    private bool _isUnread;

    /// <summary>
    /// Opens the database. If it cannot be opened for reasons other than damage, runs are read from their folders until it can be.
    /// </summary>
    public HistoryStore(string path, TimeProvider time, ILogger log)
    {
        (_path, _time, _log) = (path, time, log);
        try
        {
            Runs = Open();
        }
        catch (Exception e) when (IsDamage(e))
        {
            SetAside(e);
            Runs = Open();
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            Runs = [];
            _isUnread = true;
            LogFailure(e);
        }
    }

    private string LogPath =>
        Path.Combine(Path.GetDirectoryName(_path)!, Path.GetFileNameWithoutExtension(_path) + "-log" + Path.GetExtension(_path));

    /// <summary>The runs found when the file was first opened.</summary>
    public IReadOnlyList<StoredRun> Runs { get; }

    /// <summary>True if a read found damage; the next <see cref="Save"/> then creates a new file.</summary>
    public bool IsDamaged => _isDamaged;

    /// <summary>Returns the result of <paramref name="read"/>, or <paramref name="otherwise"/> if the file cannot be read.</summary>
    public T Read<T>(Func<StudioDatabase, T> read, T otherwise)
    {
        lock (_gate)
        {
            try
            {
                return _database is null ? otherwise : read(_database);
            }
            catch (Exception e) when (IsDamage(e) || IsFileFailure(e))
            {
                _isDamaged |= IsDamage(e);
                _log.LogWarning(e, "{File} could not be read.", _path);
                return otherwise;
            }
        }
    }

    /// <summary>Writes atomically.</summary>
    public SaveOutcome Save(IReadOnlyList<RunSave> saves)
    {
        try
        {
            if (_isDamaged)
            {
                throw new InvalidDataException("A read failed.");
            }

            if (_database is null)
            {
                _ = Exclusively(Open);
            }

            if (_isUnread)
            {
                _isUnread = false;
                _isFailureLogged = false;
                return SaveOutcome.Recreated; // the stored data was never read: each run replaces its own part
            }

            lock (_gate)
            {
                _database!.Save(saves);
            }

            _isFailureLogged = false;
            return SaveOutcome.Saved;
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            Close();
            LogFailure(e);

            return SaveOutcome.TryAgain;
        }
        catch (Exception e) when (IsDamage(e))
        {
            return Renew(e);
        }
    }

    public void Checkpoint()
    {
        try
        {
            lock (_gate)
            {
                _database?.Checkpoint();
            }
        }
        catch (Exception e) when (IsDamage(e) || IsFileFailure(e))
        {
            _isDamaged |= IsDamage(e);
            _log.LogWarning(e, "{File} could not be compacted.", _path);
        }
    }

    /// <summary>Closes the file. Reads that wait or come later find nothing: a page may still be drawn while the studio stops.</summary>
    public void Dispose() => Close();

    private void LogFailure(Exception e)
    {
        if (!_isFailureLogged)
        {
            _log.LogError(
                "{File} cannot be used now ({Why}); runs continue, their event files hold everything, and the file is retried.", _path,
                e.Message.TrimEnd('.'));
            _log.LogDebug(e, "{File} cannot be used now.", _path);
            _isFailureLogged = true;
        }
    }

    private SaveOutcome Renew(Exception cause)
    {
        try
        {
            SetAside(cause);
            _ = Exclusively(Open);
            _isDamaged = false;
            return SaveOutcome.Recreated;
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            _log.LogError(e, "{File} is damaged and could not be replaced; retrying.", _path);
            return SaveOutcome.TryAgain;
        }
    }

    private IReadOnlyList<StoredRun> Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        PlainFile.RequirePlain(_path); // LiteDB would block on a pipe forever
        PlainFile.RequirePlain(LogPath);
        var database = new StudioDatabase(_path);
        try
        {
            IReadOnlyList<StoredRun> runs = database.LoadRuns();
            _database = database;
            return runs;
        }
        catch
        {
            Discard(database);
            throw;
        }
    }

    private void SetAside(Exception cause)
    {
        Close();
        string aside = $"{_path}.damaged-{_time.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss-fff}";
        File.Move(_path, aside);

        // The log is useless without its database and must not be applied to the new one.
        File.Delete(LogPath);
        _log.LogWarning(
            cause, "{File} was damaged: it was renamed to {Aside}, and the index is rebuilt from the runs' event files.", _path, aside);
    }

    private void Close() => Exclusively(() =>
    {
        if (_database is not null)
        {
            Discard(_database);
            _database = null;
        }

        return true;
    });

    private T Exclusively<T>(Func<T> act)
    {
        lock (_gate)
        {
            return act();
        }
    }

    private void Discard(StudioDatabase database)
    {
        try
        {
            database.Dispose();
        }
        catch (Exception e) when (IsDamage(e) || IsFileFailure(e))
        {
            _log.LogDebug(e, "{File} did not close cleanly.", _path);
        }
    }

    /// <summary>Returns true for errors of the disk, permissions or locking, where the file itself may be intact.</summary>
    private static bool IsFileFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or ObjectDisposedException
        || (e is LiteException lite
            && (lite.ErrorCode is LiteException.LOCK_TIMEOUT or LiteException.ENGINE_DISPOSED || lite.InnerException is IOException));

    /// <summary>Returns true for any other exception: LiteDB throws many types for a damaged page.</summary>
    private static bool IsDamage(Exception e) => !IsFileFailure(e) && e is not OutOfMemoryException;
}

internal enum SaveOutcome
{
    Saved,

    /// <summary>Nothing was written; a retry may succeed.</summary>
    TryAgain,

    /// <summary>Nothing was written, and the file's earlier content is lost or unread: everything must be saved again.</summary>
    Recreated,
}
