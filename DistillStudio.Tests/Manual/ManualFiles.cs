namespace DistillStudio.Tests.Manual;

/// <summary>The texts that lie in the repository: README, CONTRIBUTING and the manual.</summary>
internal static class ManualFiles
{
    public const string Readme = "README.md";

    public const string Docs = "wwwroot-assets/docs";

    public static string Root => RepositoryFolder.Root;

    /// <summary>Files of the manual, its contents page among them, relative to the repository's root.</summary>
    public static IReadOnlyList<string> Chapters { get; } =
        [.. Directory.GetFiles(PathOf(Docs), "*.md").Select(path => $"{Docs}/{Path.GetFileName(path)}").Order(StringComparer.Ordinal)];

    /// <summary>All of the texts, relative to the repository's root.</summary>
    public static IReadOnlyList<string> All { get; } = [Readme, ".github/CONTRIBUTING.md", .. Chapters];

    public static string Read(string file) => File.ReadAllText(PathOf(file));

    public static string PathOf(string file) => Path.Combine(Root, file);
}
