namespace DistillStudio.Tests.Support;

/// <summary>Real data and models beside the repository, <c>../shared</c>; tests on them skip where it is absent and carry the trait
/// <c>Needs=shared</c>.</summary>
internal static class SharedFolder
{
    /// <summary>The path of something in it; skips the test where it is not there.</summary>
    public static string Find(params string[] parts)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "DistillStudio.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        string path = Path.GetFullPath(Path.Combine([root ?? AppContext.BaseDirectory, "..", "shared", .. parts]));
        Assert.SkipUnless(Path.Exists(path), $"Needs ../shared/{string.Join('/', parts)} beside the repository.");
        return path;
    }
}
