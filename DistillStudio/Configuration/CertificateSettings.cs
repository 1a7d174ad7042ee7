namespace DistillStudio.Configuration;

/// <summary>Settings of the HTTPS certificate in Kestrel's format: <c>Kestrel:Certificates:Default</c>.</summary>
internal static class CertificateSettings
{
    public const string Section = "Kestrel:Certificates:Default";

    /// <summary>Prefixes of the environment variables that may configure the certificate; the last one takes precedence.</summary>
    private static readonly string[] Prefixes = ["", "DOTNET_", "ASPNETCORE_"];

    /// <summary>Returns the entries of a file, with paths resolved against the file's folder.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Read(ConfigurationSource source) =>
        source.File is not { } file ? [] : source.Values.GetSection(Section).AsEnumerable()
            .Where(entry => entry.Value is not null)
            .Select(entry => KeyValuePair.Create(entry.Key, Absolute(entry.Key, entry.Value, Path.GetDirectoryName(file)!)));

    /// <summary>
    /// Returns the settings as Kestrel's configuration, without endpoints. Environment variables take precedence over files; their paths
    /// are resolved against the working directory.
    /// </summary>
    /// <param name="files">Holds the entries of files; null for none.</param>
    public static IConfigurationRoot ForKestrel(IConfiguration? files)
    {
        var sources = new ConfigurationBuilder();
        if (files is not null)
        {
            sources.AddConfiguration(files);
        }

        foreach (string prefix in Prefixes)
        {
            sources.AddEnvironmentVariables(prefix);
        }

        return new ConfigurationBuilder()
            .AddInMemoryCollection(sources.Build().GetSection(Section).AsEnumerable(makePathsRelative: true)
                .Select(entry => KeyValuePair.Create(
                    $"Certificates:Default:{entry.Key}", Absolute(entry.Key, entry.Value, Environment.CurrentDirectory))))
            .Build();
    }

    private static string? Absolute(string key, string? value, string folder) =>
        key.EndsWith("Path", StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(value) ? Path.GetFullPath(value, folder) : value;
}
