namespace DistillStudio.Engine.Runtime;

/// <summary>Where everything of a user lies: <c>studio.db</c>, <c>datasets/</c>, <c>models/</c>, <c>runs/</c>.</summary>
public sealed class StudioHome
{
    /// <param name="path">From <c>--home</c>; null for <c>DISTILLSTUDIO_HOME</c>, else <c>~/.distillstudio</c>.</param>
    public StudioHome(string? path = null)
    {
        path ??= Environment.GetEnvironmentVariable("DISTILLSTUDIO_HOME");
        Path = System.IO.Path.GetFullPath(string.IsNullOrWhiteSpace(path)
            ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".distillstudio")
            : path);
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public string Datasets => System.IO.Path.Combine(Path, "datasets");

    public string Models => System.IO.Path.Combine(Path, "models");

    public string Runs => System.IO.Path.Combine(Path, "runs");

    public string Database => System.IO.Path.Combine(Path, "studio.db");
}
