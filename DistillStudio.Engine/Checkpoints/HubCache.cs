using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>The models in the cache that the Hugging Face libraries share.</summary>
internal static class HubCache
{
    private const int LongestCommit = 1024;

    /// <summary>Returns the model's main snapshot, or else the newest; null if there is none.</summary>
    public static string? FindMain(string name) => Try(() =>
    {
        string repository = RepositoryOf(name);
        string? commit = CommitOf(repository, "main");
        var snapshots = new DirectoryInfo(Path.Combine(repository, "snapshots"));
        return snapshots.Exists
            ? snapshots.EnumerateDirectories()
                .OrderByDescending(snapshot => snapshot.Name == commit).ThenByDescending(snapshot => snapshot.LastWriteTimeUtc)
                .Select(snapshot => snapshot.FullName).FirstOrDefault(ModelLocator.IsModel)
            : null;
    });

    /// <summary>Returns the snapshot of a branch, tag or commit; null if it does not exist.</summary>
    public static string? Find(string name, string revision) => Try(() =>
    {
        string repository = RepositoryOf(name);
        string snapshots = Path.Combine(repository, "snapshots");
        return new[] { CommitOf(repository, revision), revision }
            .Where(commit => commit is not null && commit == Path.GetFileName(commit) && commit.Trim('.').Length > 0)
            .Select(commit => Path.Combine(snapshots, commit!)).FirstOrDefault(ModelLocator.IsModel);
    });

    private static string? CommitOf(string repository, string revision)
    {
        string reference = Path.Combine(repository, "refs", revision);
        return File.Exists(reference) ? PlainFile.ReadAllText(reference, LongestCommit).Trim() : null;
    }

    private static string RepositoryOf(string name) =>
        Path.Combine(Folder(), "models--" + name.Replace("/", "--", StringComparison.Ordinal));

    private static string Folder()
    {
        static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

        return Variable("HF_HUB_CACHE") ?? Variable("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(
            Variable("HF_HOME") ?? Path.Combine(Variable("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface"),
            "hub");
    }

    private static string? Try(Func<string?> find)
    {
        try
        {
            return find();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
