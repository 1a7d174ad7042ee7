using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Cluster;

/// <summary>The profiles of a home, in <c>cluster.json</c>. Read anew at each call, since a command may change them. Thread-safe.</summary>
public sealed class ClusterProfiles(StudioHome home)
{
    private const int LargestFile = 1 << 20;
    private const int Most = 100;

    private readonly Lock _gate = new();

    private string FilePath => Path.Combine(home.Path, "cluster.json");

    /// <summary>Returns the profiles by name.</summary>
    /// <exception cref="InputException">The file cannot be read, or a profile in it is invalid.</exception>
    public IReadOnlyList<ClusterProfile> List() => Read().Profiles;

    /// <summary>Returns the name of the profile on which new runs are placed where nothing else is said; null for this machine.</summary>
    /// <exception cref="InputException">As for <see cref="List"/>.</exception>
    public string? Default => Read().Default;

    /// <exception cref="InputException">There is no such profile, or as for <see cref="List"/>.</exception>
    public ClusterProfile Get(string name) => Find(name)
        ?? throw new InputException(
            $"There is no profile {SettingLimits.CutName(SettingLimits.Cut(name, 60))}; "
                + (List() is { Count: > 0 } known
                    ? $"use {string.Join(", ", known.Select(profile => profile.Name))}, or make it: cluster set NAME."
                    : "make one for your Slurm cluster first: cluster set NAME --partition P."));

    /// <summary>Returns null if there is no such profile.</summary>
    /// <exception cref="InputException">As for <see cref="List"/>.</exception>
    public ClusterProfile? Find(string name) => List().FirstOrDefault(profile => profile.Name == name);

    /// <summary>Adds a profile, or replaces the one of its name.</summary>
    /// <exception cref="InputException">The profile is invalid, or the file cannot be read or written.</exception>
    public void Save(ClusterProfile profile)
    {
        profile.Require();
        Change(file => file with
        {
            Profiles = [.. file.Profiles.Where(other => other.Name != profile.Name).Append(profile).OrderBy(
                each => each.Name, StringComparer.Ordinal)],
        });
    }

    /// <summary>Removes a profile. Runs that are placed on it keep its name and continue.</summary>
    /// <exception cref="InputException">There is no such profile, or the file cannot be read or written.</exception>
    public void Remove(string name)
    {
        _ = Get(name);
        Change(file => new(file.Default == name ? null : file.Default, [.. file.Profiles.Where(profile => profile.Name != name)]));
    }

    /// <summary>Sets <see cref="Default"/>.</summary>
    /// <exception cref="InputException">There is no such profile, or the file cannot be read or written.</exception>
    public void SetDefault(string? name)
    {
        if (name is not null)
        {
            _ = Get(name);
        }

        Change(file => file with { Default = name });
    }

    private void Change(Func<ProfileFile, ProfileFile> change)
    {
        lock (_gate)
        {
            try
            {
                PrivateFiles.MakeFolder(home.Path);
                using FileLock taken = FileLock.TryTake($"{FilePath}.lock")
                    ?? throw new InputException($"{FilePath} is being changed by another process; try again.");
                ProfileFile changed = change(Read());
                if (changed.Profiles.Count > Most)
                {
                    throw new InputException($"A home has up to {Most} profiles; remove one first: cluster remove NAME.");
                }

                AtomicFile.WriteAllText(FilePath, JsonSerializer.Serialize(changed, EngineJson.Spec));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{FilePath} cannot be written: {e.Message.TrimEnd('.')}; make the home writable.", e);
            }
        }
    }

    private ProfileFile Read()
    {
        ProfileFile file;
        try
        {
            file = PlainFile.ReadJson<ProfileFile>(FilePath, LargestFile, EngineJson.Spec);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(null, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            string why = e is JsonException ? "it is not JSON of this kind" : e.Message.TrimEnd('.');
            throw new InputException($"{FilePath} cannot be read ({why}); restore the file, or remove it and make the profiles anew.", e);
        }

        string[] problems = [.. file.Profiles.SelectMany(profile => profile.Problems()).Select(problem => $"{FilePath}: {problem}")];
        return problems.Length == 0 ? file : throw new InputException(problems);
    }

    /// <param name="Default">See <see cref="ClusterProfiles.Default"/>.</param>
    private sealed record ProfileFile(string? Default, IReadOnlyList<ClusterProfile> Profiles);
}
