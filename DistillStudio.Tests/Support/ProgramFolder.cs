namespace DistillStudio.Tests.Support;

/// <summary>The built program in a separate folder, without libtorch: an installation whose libraries are missing.</summary>
internal sealed class ProgramFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    public ProgramFolder()
    {
        string built = AppContext.BaseDirectory;
        foreach (string file in Directory.EnumerateFiles(built))
        {
            File.Copy(file, _folder[System.IO.Path.GetFileName(file)]);
        }

        string runtimes = System.IO.Path.Combine(built, "runtimes");
        foreach (string file in Directory.EnumerateFiles(runtimes, "*LibTorchSharp*", SearchOption.AllDirectories))
        {
            string copy = _folder[System.IO.Path.GetRelativePath(built, file)];
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Path => _folder.Path;

    /// <summary>Everything in it, in order.</summary>
    public IReadOnlyList<string> Entries => EntriesOf(Path);

    /// <summary>The files next to the program in a folder.</summary>
    public static IReadOnlyList<string> EntriesOf(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();
}
