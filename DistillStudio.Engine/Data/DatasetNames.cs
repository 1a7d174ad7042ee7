using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>Names that a user may give to a dataset: each is a folder's name on every system.</summary>
public static class DatasetNames
{
    private const int MaxLength = 64;
    private const string Allowed = "use letters, digits, dots, dashes and underscores, at most 64, starting with a letter or digit";

    /// <summary>The folder of gpt's answers is next to those of the datasets.</summary>
    private static readonly string[] Reserved = [DatasetLayout.GptFolder, "none"];

    private static readonly string[] Devices =
        ["con", "prn", "aux", "nul", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"com{i}", $"lpt{i}" })];

    /// <summary>Returns true if a dataset of this name can be in a data folder.</summary>
    public static bool IsValid(string name) => WhyNot(name) is null;

    /// <exception cref="InputException">The name cannot be a dataset's, or belongs to a published one.</exception>
    public static void RequireNew(string name)
    {
        string? why = WhyNot(name)
            ?? (
                DatasetCatalog.All.Any(known =>
                    Same(known.Name, name)) ? "belongs to a supported dataset; choose another" : null);
        if (why is not null)
        {
            throw new InputException($"\"{name.ReplaceLineEndings(" ").Replace('\0', ' ')}\" {why}.");
        }
    }

    /// <summary>Returns the name of an existing folder that equals this name, ignoring case; null if there is none.</summary>
    public static string? FindTaken(string dataDir, string name) => !Directory.Exists(dataDir)
        ? null
        : Directory.EnumerateFileSystemEntries(dataDir).Select(Path.GetFileName).FirstOrDefault(there => Same(there!, name));

    private static string? WhyNot(string name) =>
        name.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(name[0]) || name[^1] == '.'
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? $"cannot be a dataset's name; {Allowed}"
            : Reserved.Any(other => Same(other, name))
                || Devices.Any(device => Same(device, name.Split('.')[0])) ? "is a reserved name; choose another"
            : null;

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
