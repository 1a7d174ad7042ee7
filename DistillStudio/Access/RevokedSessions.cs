using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Access;

/// <summary>
/// The sessions ended by signing out, stored in a file so that they survive a restart. Each session belongs to an epoch: if the file
/// is lost or damaged, or has too many entries, a new epoch starts and all users must sign in again.
/// </summary>
internal sealed class RevokedSessions
{
    /// <summary>Maximum number of stored sign-outs; they expire after the lifetime of their cookies.</summary>
    public const int Most = 1000;

    private const int LargestFile = 1 << 20;
    private const int EpochBytes = 6;

    /// <summary>Exceeds the remaining lifetime of any issued cookie, with a margin for clock changes.</summary>
    private static readonly TimeSpan Kept = SignInSessions.Lifetime + TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private State _state;

    /// <param name="path">Path of the file; created if it does not exist.</param>
    public RevokedSessions(string path, TimeProvider time, ILogger log)
    {
        (_path, _time, _log) = (path, time, log);
        _state = Load() ?? Renew();
    }

    /// <summary>Prefix of the ids of new sessions.</summary>
    public string Epoch
    {
        get
        {
            lock (_gate)
            {
                return _state.Epoch;
            }
        }
    }

    /// <summary>Returns true for a revoked session, and for a session of another epoch.</summary>
    public bool Contains(string session)
    {
        lock (_gate)
        {
            return !session.StartsWith(_state.Epoch + ".", StringComparison.Ordinal) || _state.Until.ContainsKey(session);
        }
    }

    /// <summary>Revokes a session permanently.</summary>
    public void Add(string session)
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            foreach (string expired in _state.Until.Where(entry => entry.Value < now).Select(entry => entry.Key).ToArray())
            {
                _state.Until.Remove(expired);
            }

            _state.Until[session] = now + Kept;
            if (_state.Until.Count > Most)
            {
                _state = Renew();
            }
            else
            {
                Save(_state);
            }
        }
    }

    private State Renew()
    {
        var state = new State(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(EpochBytes)), new(StringComparer.Ordinal));
        Save(state);
        return state;
    }

    /// <summary>Returns null if the file does not exist or cannot be read.</summary>
    private State? Load()
    {
        if (!Path.Exists(_path))
        {
            return null;
        }

        try
        {
            State? state = JsonSerializer.Deserialize<State>(PlainFile.ReadAllText(_path, LargestFile), EngineJson.Events);
            return state is { Epoch.Length: > 0, Until.Count: <= Most } ? state : throw new JsonException("It is incomplete.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            _log.LogWarning("{File} cannot be read ({Why}): everyone must sign in again.", _path, e.Message.TrimEnd('.'));
            return null;
        }
    }

    private void Save(State state)
    {
        try
        {
            AtomicFile.WriteAllText(_path, JsonSerializer.Serialize(state, EngineJson.Events));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.LogError(
                "{File} cannot be written ({Why}): after the next start everyone must sign in again.", _path, e.Message.TrimEnd('.'));
            Forget();
        }
    }

    /// <summary>Deletes the file, since an outdated one would restore a revoked session at the next start.</summary>
    private void Forget()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.LogError(
                "{File} cannot be deleted ({Why}): delete it, or those who signed out are signed in again after the next start.", _path,
                e.Message.TrimEnd('.'));
        }
    }

    private sealed record State(string Epoch, Dictionary<string, DateTimeOffset> Until);
}
