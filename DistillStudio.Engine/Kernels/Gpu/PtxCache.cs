using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Keeps compiled kernels in a folder, a file each. A file whose content does not match its own checksum, or that cannot be read, counts as
/// missing; one that cannot be written is done without.
/// </summary>
/// <param name="folder">Created when first needed.</param>
internal sealed partial class PtxCache(string folder)
{
    private const int MaxBytes = 1 << 22;
    private const string Suffix = ".ptx";

    /// <summary>Files that have not been written for so long are of builds that are gone.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    /// <param name="key">Everything that decides the code.</param>
    /// <returns>Null if there is none.</returns>
    internal PtxModule? Find(string key)
    {
        try
        {
            string path = PathOf(key);
            if (!File.Exists(path))
            {
                return null;
            }

            string text = PlainFile.ReadAllText(path, MaxBytes);
            int end = text.IndexOf('\n', StringComparison.Ordinal);
            string assembly = end < 0 ? "" : text[(end + 1)..];
            return end >= 0 && text[..end] == FirstLine(key, assembly) && EntryPoint().Match(assembly) is { Success: true } entry
                ? new(assembly, entry.Groups[1].Value)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal void Store(string key, PtxModule module)
    {
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.WriteAllText(PathOf(key), $"{FirstLine(key, module.Assembly)}\n{module.Assembly}");
            foreach (string old in Directory.EnumerateFiles(folder, $"*{Suffix}")
                .Where(path => DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > Kept))
            {
                File.Delete(old);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Compiled again by the next run.
        }
    }

    private static string FirstLine(string key, string assembly) => $"// {Hash($"{key}\n{assembly}")}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private string PathOf(string key) => Path.Combine(folder, Hash(key)[..32] + Suffix);

    [GeneratedRegex(@"\.visible \.entry (\w+)\(")]
    private static partial Regex EntryPoint();
}
