
namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// The folder of all of a user's data: <c>studio.db</c>, <c>datasets/</c>, <c>models/</c>, <c>runs/</c>, <c>studies/</c>, <c>teachers/</c>,
/// <c>kernels/</c>, <c>tokens/</c>.
/// </summary>
public sealed class StudioHome
{
    private const string Variable = "DISTILLSTUDIO_HOME";

    private readonly Lazy<string> _path;

    /// <param name="path">Value of <c>--home</c>; null for <c>DISTILLSTUDIO_HOME</c>, else <c>~/.distillstudio</c>.</param>
    public StudioHome(string? path = null) =>
        _path = new(
            () => RequireFolder(
                System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path is null ? Default() : UserPath.Expand(path)))));

    /// <summary>Absolute path. Resolved on first use, so that code that needs no home runs without one.</summary>
    /// <exception cref="InputException">The user's home folder is needed and cannot be used, the variable is a relative path, or the
    /// path is a file.</exception>
    public string Path => _path.Value;

    public string Datasets => System.IO.Path.Combine(Path, "datasets");

    public string Models => System.IO.Path.Combine(Path, "models");

    public string Runs => System.IO.Path.Combine(Path, "runs");

    public string Studies => System.IO.Path.Combine(Path, "studies");

    public string Teachers => System.IO.Path.Combine(Path, "teachers");

    /// <summary>Token ids that the jobs of a cluster share; may be deleted at any time.</summary>
    public string Tokens => System.IO.Path.Combine(Path, "tokens");

    /// <summary>Compiled GPU kernels; may be deleted at any time.</summary>
    public string Kernels => System.IO.Path.Combine(Path, "kernels");

    public string Database => System.IO.Path.Combine(Path, "studio.db");

    /// <summary>File that remembers on which GPUs CUDA graphs work.</summary>
    public string GpuTrials => System.IO.Path.Combine(Path, "gpu-trials.json");

    /// <summary>Returns the path unless it is a file or cannot be read: either would otherwise look like a home without runs.</summary>
    private static string RequireFolder(string path)
    {
        string? what = !File.Exists(path) ? null : new FileInfo(path).LinkTarget is { } target ? $"a link to {target}, which is no folder"
            : "a file";
        return what is not null
            ? throw new InputException($"{path} is {what}; name the folder of runs, datasets and models with --home DIR or {Variable}.")
            : WhyUnreadable(path) is { } why
            ? throw new InputException($"{path} cannot be read ({why}); sign in as its owner, or name another home with --home DIR or "
                + $"{Variable}.")
            : path;
    }

    /// <summary>Returns null for a folder that can be listed, and for one that does not exist yet.</summary>
    private static string? WhyUnreadable(string path)
    {
        try
        {
            _ = File.GetAttributes(path); // a folder inside one that is closed to this user does not exist for Directory.Exists
            _ = Directory.EnumerateFileSystemEntries(path).Any();
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>Returns the default, which does not depend on the working folder: runs would be scattered otherwise.</summary>
    private static string Default()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(named))
        {
            return System.IO.Path.Combine(UserPath.Home, ".distillstudio");
        }

        string path = named[0] == '~' ? UserPath.Expand(named) : named;
        return System.IO.Path.IsPathFullyQualified(path)
            ? path
            : throw new InputException($"{Variable} ({named}) is not an absolute path, so it would change with the working directory; "
                + $"write the full path.");
    }
}
