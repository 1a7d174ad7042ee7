using System.Globalization;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Configuration;

/// <summary>
/// Reads the studio's options from, in rising precedence, <c>appsettings.json</c> beside the program, <c>appsettings.json</c> in the
/// home, environment variables and flags. A list of a higher source replaces that of a lower one. Sections through which other ASP.NET
/// programs listen, such as <c>Kestrel:Endpoints</c>, are never read.
/// </summary>
internal sealed class StudioConfiguration
{
    private const string Schema = "$schema"; // of the editor

    private static readonly string[] Lists = [StudioSettings.Urls, StudioSettings.AllowedHosts, StudioSettings.TrustedProxies];

    private readonly List<string> _problems = [];
    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _places = new(StringComparer.OrdinalIgnoreCase);

    private StudioConfiguration()
    {
    }

    /// <summary>Reads the options as <see cref="Read(StudioHome, IReadOnlyDictionary{string, string})"/> does, for a command.</summary>
    public static StudioOptions Read(StudioHome home) => Read(home, new Dictionary<string, string?>());

    /// <param name="home">Resolved from the flag or the variable, since it holds a file of settings.</param>
    /// <param name="flags">Values by their names in <see cref="StudioSettings"/>; null for a flag that is not given.</param>
    /// <exception cref="InputException">A file cannot be read, or settings are unknown or invalid; all of them are listed.</exception>
    public static StudioOptions Read(StudioHome home, IReadOnlyDictionary<string, string?> flags)
    {
        ConfigurationSource?[] sources =
        [
            ConfigurationSource.FromFile(AppContext.BaseDirectory),
            ConfigurationSource.FromFile(home.Path),
            ConfigurationSource.FromEnvironment(StudioSettings.Section, LoggingSettings.Section),
            ConfigurationSource.FromFlags(flags),
        ];
        var read = new StudioConfiguration();
        foreach (ConfigurationSource source in sources.OfType<ConfigurationSource>())
        {
            read.Add(source);
        }

        return read.Bind(home);
    }

    private void Add(ConfigurationSource source)
    {
        if (source.File is not null)
        {
            RefuseOthers(source);
        }

        AddSettings(source);
        foreach (KeyValuePair<string, string?> entry in LoggingSettings.Read(source, _problems).Concat(CertificateSettings.Read(source)))
        {
            Set(source, entry.Key, entry.Value);
        }
    }

    private void Set(ConfigurationSource source, string key, string? value)
    {
        _values[key] = value;
        _places[key] = source.PlaceOf(key);
    }

    /// <summary>Reports sections of a file that are not read, rather than ignoring them.</summary>
    private void RefuseOthers(ConfigurationSource source)
    {
        foreach (IConfigurationSection section in source.Values.GetChildren().SelectMany(Parts))
        {
            bool isRead = section.Path.Equals(StudioSettings.Section, StringComparison.OrdinalIgnoreCase)
                || section.Path.Equals(LoggingSettings.Section, StringComparison.OrdinalIgnoreCase)
                || section.Path.Equals(CertificateSettings.Section, StringComparison.OrdinalIgnoreCase)
                || section.Path == Schema;
            if (isRead && section.Value is not null && section.Path != Schema)
            {
                _problems.Add($"{source.PlaceOf(section.Path)} holds a value where a section belongs.");
            }
            else if (!isRead)
            {
                _problems.Add(
                    $"{source.PlaceOf(section.Path)} is not read; use {StudioSettings.Section} "
                        + $"({string.Join(", ", StudioSettings.Flags.Keys)}), {LoggingSettings.Section}, "
                        + $"or {CertificateSettings.Section}.");
            }
        }
    }

    /// <summary>Descends to the depth at which <see cref="CertificateSettings.Section"/> is distinguished from its siblings.</summary>
    private static IEnumerable<IConfigurationSection> Parts(IConfigurationSection section) =>
        CertificateSettings.Section.StartsWith($"{section.Path}:", StringComparison.OrdinalIgnoreCase) && section.Value is null
            ? section.GetChildren().SelectMany(Parts)
            : [section];

    private void AddSettings(ConfigurationSource source)
    {
        IConfigurationSection all = source.Values.GetSection(StudioSettings.Section);
        foreach (IConfigurationSection section in all.GetChildren())
        {
            if (!StudioSettings.Flags.ContainsKey(section.Key))
            {
                _problems.Add(
                    $"{source.PlaceOf(section.Path)} is not a setting; use {string.Join(", ", StudioSettings.Flags.Keys)}. "
                        + $"The home and the token have variables of their own: DISTILLSTUDIO_HOME and DISTILLSTUDIO_TOKEN.");
            }
            else if (TextOf(section) is { } text)
            {
                Set(source, section.Path, text);
            }
            else if (section.GetChildren().Any())
            {
                _problems.Add($"{source.PlaceOf(section.Path)} holds a section where a value belongs.");
            }
        }

        // A port is an address; if a source has both, its addresses count.
        if (all[StudioSettings.Port] is { } port
            && Number(source.PlaceOf($"{all.Path}:{StudioSettings.Port}"), port) is { } number
            && !all.GetSection(StudioSettings.Urls).Exists())
        {
            Set(source, $"{all.Path}:{StudioSettings.Urls}", StudioOptions.AddressOf(number));
        }
    }

    /// <summary>Returns a value, or an array as one list; null for a section.</summary>
    private static string? TextOf(IConfigurationSection section) =>
        section.Value is null && Lists.Contains(section.Key, StringComparer.OrdinalIgnoreCase)
            && section.GetChildren().All(child => child.Value is not null) && section.GetChildren().Any()
            ? string.Join(';', section.GetChildren().Select(child => child.Value))
            : section.Value;

    private StudioOptions Bind(StudioHome home)
    {
        string[] urls = StudioSettings.List(Value(StudioSettings.Urls));
        bool resumes = true;
        if (Value(StudioSettings.AutoResume) is { } written && !bool.TryParse(written, out resumes))
        {
            _problems.Add($"{_places[Key(StudioSettings.AutoResume)]} {written} is not valid; write true or false.");
        }

        CheckSources();
        var webhook = WebhookSettings.Read(Value, setting => _places[Key(setting)], _problems);
        if (_problems.Count > 0)
        {
            throw new InputException(_problems);
        }

        return new StudioOptions
        {
            Home = home,
            Urls = urls.Length > 0 ? urls : [StudioOptions.AddressOf(StudioOptions.DefaultPort)],
            AllowedHosts = StudioSettings.List(Value(StudioSettings.AllowedHosts)),
            TrustedProxies = StudioSettings.List(Value(StudioSettings.TrustedProxies)),
            PathBase = Value(StudioSettings.PathBase),
            ResumesRuns = resumes,
            HubUrl = Value(StudioSettings.HubUrl),
            DatasetsUrl = Value(StudioSettings.DatasetsUrl),
            Webhook = webhook,
            Configuration = new ConfigurationBuilder().AddInMemoryCollection(_values).Build(),
            Places = StudioSettings.Flags.ToDictionary(
                setting => setting.Key, setting => _places.GetValueOrDefault(Key(setting.Key), setting.Value),
                StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>Reports addresses of models and datasets that cannot be used.</summary>
    private void CheckSources()
    {
        foreach ((string setting, Action<string, string> check) in ((string, Action<string, string>)[])
        [
            (StudioSettings.HubUrl, (address, place) => HubAddress.Read(address, place)),
            (StudioSettings.DatasetsUrl, DatasetGetter.RequireSource),
        ])
        {
            try
            {
                if (Value(setting) is { } written)
                {
                    check(written, _places[Key(setting)]);
                }
            }
            catch (InputException e)
            {
                _problems.Add(e.Message);
            }
        }
    }

    private static string Key(string setting) => $"{StudioSettings.Section}:{setting}";

    private string? Value(string setting) => _values.GetValueOrDefault(Key(setting));

    private int? Number(string place, string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= StudioSettings.LargestPort)
        {
            return port;
        }

        _problems.Add($"{place} {text} is not a port; write a whole number from 0 to {StudioSettings.LargestPort}.");
        return null;
    }
}
