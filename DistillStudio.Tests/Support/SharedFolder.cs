namespace DistillStudio.Tests.Support;

/// <summary>Real data and models next to the repository, <c>../shared</c>; tests on them are skipped where it is absent and carry the trait
/// <c>Needs=shared</c>.</summary>
internal static class SharedFolder
{
    /// <summary>The path of something in it; skips the test if it does not exist.</summary>
    public static string Find(params string[] parts)
    {
        string path = Path.GetFullPath(Path.Combine([RepositoryFolder.Root, "..", "shared", .. parts]));
        Assert.SkipUnless(Path.Exists(path), $"Needs ../shared/{string.Join('/', parts)} beside the repository.");
        return path;
    }
}
