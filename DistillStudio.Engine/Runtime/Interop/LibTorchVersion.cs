using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime.Files;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Determines the version of libtorch in use, for a run's record: results depend on it.</summary>
public static partial class LibTorchVersion
{
    /// <summary>Maximum size in bytes; the file has a few lines.</summary>
    private const int LongestFile = 64_000;

    private static readonly Lazy<string> Read = new(ReadOnce);

    /// <summary>
    /// The version, such as <c>2.10.0</c>, or <c>2.10.0+cu128</c> if an installed PyTorch is more specific. Loads libtorch.
    /// </summary>
    public static string Current => Read.Value;

    /// <summary>Returns the version recorded by an installed PyTorch; null if there is none.</summary>
    /// <param name="libraries">Path of its <c>torch/lib</c>.</param>
    internal static string? OfPyTorch(string libraries)
    {
        string path = Path.Combine(libraries, "..", "version.py");
        try
        {
            return File.Exists(path) && VersionLine().Match(PlainFile.ReadAllText(path, LongestFile)) is { Success: true } found
                ? found.Groups[1].Value
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ReadOnce()
    {
        LibTorch.Load();
        return Environment.GetEnvironmentVariable(LibTorch.FolderVariable) is { Length: > 0 } named && OfPyTorch(named) is { } version
            ? version
            : OfPackage();
    }

    /// <summary>Returns the three parts of libtorch's version; the fourth part belongs to the package.</summary>
    private static string OfPackage() =>
        Version.TryParse(torch.__version__, out Version? version) && version.Build >= 0 ? version.ToString(3) : torch.__version__;

    [GeneratedRegex("""^__version__\s*=\s*['"]([0-9A-Za-z.+]{1,40})['"]""", RegexOptions.Multiline)]
    private static partial Regex VersionLine();
}
