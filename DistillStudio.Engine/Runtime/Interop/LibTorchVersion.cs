using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Which libtorch computes, for a run's record: results depend on it.</summary>
public static partial class LibTorchVersion
{
    /// <summary>Bytes; the file has a few lines.</summary>
    private const int LongestFile = 64_000;

    private static readonly Lazy<string> Read = new(ReadOnce);

    /// <summary>Such as <c>2.10.0</c>, or <c>2.10.0+cu128</c> where an installed PyTorch says more. Loads libtorch.</summary>
    public static string Current => Read.Value;

    /// <summary>The version that an installed PyTorch gives itself; null where it gives none.</summary>
    /// <param name="libraries">Its <c>torch/lib</c>.</param>
    internal static string? OfPyTorch(string libraries)
    {
        string path = Path.Combine(libraries, "..", "version.py");
        try
        {
            return File.Exists(path) && VersionLine().Match(PlainFile.ReadAllText(path, LongestFile)) is { Success: true } found ? found.Groups[1].Value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ReadOnce()
    {
        LibTorch.Load();
        return Environment.GetEnvironmentVariable(LibTorch.FolderVariable) is { Length: > 0 } named && OfPyTorch(named) is { } version ? version : OfPackage();
    }

    /// <summary>Three parts, as libtorch counts itself; the fourth is the package's.</summary>
    private static string OfPackage() => Version.TryParse(torch.__version__, out Version? version) && version.Build >= 0 ? version.ToString(3) : torch.__version__;

    [GeneratedRegex("""^__version__\s*=\s*['"]([0-9A-Za-z.+]{1,40})['"]""", RegexOptions.Multiline)]
    private static partial Regex VersionLine();
}
