using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Configuration;

/// <summary>A source of settings: a file, the environment or the flags.</summary>
internal sealed class ConfigurationSource
{
    private const int LargestFile = 1 << 20;

    private readonly Func<string, string> _placeOf;

    private ConfigurationSource(IConfiguration values, Func<string, string> placeOf, string? file = null)
    {
        Values = values;
        _placeOf = placeOf;
        File = file;
    }

    public IConfiguration Values { get; }

    /// <summary>Path of the file; null for the environment and the flags.</summary>
    public string? File { get; }

    /// <summary>Reads <c>appsettings.json</c> of a folder; returns null if there is none.</summary>
    /// <exception cref="InputException">The file cannot be read, is not JSON, or can be written by every user of the machine.</exception>
    public static ConfigurationSource? FromFile(string folder)
    {
        string path = Path.Combine(folder, "appsettings.json");
        if (!Path.Exists(path))
        {
            return null;
        }

        try
        {
            byte[] bytes = PlainFile.ReadAllBytes(path, LargestFile);
            if (!OperatingSystem.IsWindows() && System.IO.File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherWrite))
            {
                throw new InputException($"{path}: every user of this machine can change it; run chmod o-w on it.");
            }

            IConfigurationRoot values = new ConfigurationBuilder().AddJsonStream(new MemoryStream(bytes)).Build();
            return new ConfigurationSource(values, key => $"{path}: {key}", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message.TrimEnd('.')}; fix it, or delete it.", e);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            throw new InputException($"{path}: {Reason(e)}; fix it, or delete it.", e);
        }
    }

    /// <summary>Selects the variables of the given sections, such as <c>Logging__LogLevel__Default</c>. Empty variables are not
    /// set.</summary>
    public static ConfigurationSource FromEnvironment(params string[] sections)
    {
        IConfigurationRoot all = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        IEnumerable<KeyValuePair<string, string?>> values = sections
            .SelectMany(section => all.GetSection(section).AsEnumerable())
            .Where(entry => !string.IsNullOrEmpty(entry.Value));
        return new ConfigurationSource(
            new ConfigurationBuilder().AddInMemoryCollection(values).Build(),
            VariableOf);
    }

    /// <param name="settings">Values by their names in <see cref="StudioSettings"/>; null for a flag that is not given.</param>
    public static ConfigurationSource FromFlags(IReadOnlyDictionary<string, string?> settings) => new(
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(setting => KeyValuePair.Create($"{StudioSettings.Section}:{setting.Key}", setting.Value)))
            .Build(),
        key => StudioSettings.Flags[key[(StudioSettings.Section.Length + 1)..]]);

    /// <summary>Returns how the user wrote a key.</summary>
    public string PlaceOf(string key) => _placeOf(key);

    /// <summary>Returns the variable as it is spelled in the environment.</summary>
    private static string VariableOf(string key)
    {
        string name = key.Replace(":", "__", StringComparison.Ordinal);
        return Environment.GetEnvironmentVariables().Keys.Cast<string>().FirstOrDefault(variable =>
            variable.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name;
    }

    private static string Reason(Exception e) => e switch
    {
        _ when e.GetBaseException() is JsonException { LineNumber: { } line } => $"line {line + 1}: not valid JSON",
        JsonException => "not valid JSON",
        _ => e.Message.ReplaceLineEndings(" ").TrimEnd('.'), // such as a key given twice
    };
}
