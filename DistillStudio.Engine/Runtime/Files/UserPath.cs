
namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Expands user-written paths where no shell does: in <c>--home=~/x</c>, a systemd unit, a container's environment, a form.
/// </summary>
public static class UserPath
{
    /// <summary>
    /// The user's home folder: <c>HOME</c> (the profile on Windows), or the entry in the system's user database if that is not set.
    /// </summary>
    /// <exception cref="InputException">The path is relative or does not exist.</exception>
    public static string Home
    {
        get
        {
            string? named = OperatingSystem.IsWindows() ? null : Environment.GetEnvironmentVariable("HOME");
            string home = string.IsNullOrEmpty(named)
                ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify)
                : named;
            string name = string.IsNullOrEmpty(named) ? "This user's home folder" : "HOME";
            const string Remedy =
                "set it to a folder, or name the folder of runs, datasets and models with --home DIR or DISTILLSTUDIO_HOME";
            return !Path.IsPathFullyQualified(home) ? throw new InputException($"{name} ({Shown(home)}) is not an absolute path; {Remedy}.")
                : !Directory.Exists(home) ? throw new InputException($"{name} ({home}) {(Path.Exists(home) ? "is no folder" : "does not "
                    + "exist")}; {Remedy}.")
                : home;
        }
    }

    /// <summary>Replaces a leading <c>~</c> with the user's home folder; returns any other path unchanged.</summary>
    /// <exception cref="InputException">The path begins with another user's <c>~name</c>, or there is no home folder.</exception>
    public static string Expand(string path)
    {
        if (path.Length == 0 || path[0] != '~')
        {
            return path;
        }

        string name = path.Split('/', '\\')[0];
        return name == "~" ? Path.Join(Home, path[1..])
            : Path.Exists(path) ? path // the file name really starts with a tilde
            : throw new InputException($"{path} begins with another user's home folder ({name}), which is not looked up; "
                + $"write the full path, or put ./ before it if the folder has that name.");
    }

    private static string Shown(string path) => path.Length == 0 ? "empty" : path;
}
