using DistillStudio.Configuration;

namespace DistillStudio;

/// <summary>
/// Creates a web host that reads only explicitly selected configuration. The default builder reads addresses, limits and trusted
/// proxies from environment variables and <c>appsettings.json</c>, which could expose the studio to other machines, and watches
/// those files for changes; see <see cref="StudioConfiguration"/> for what is read of them.
/// </summary>
internal static class HostDefaults
{
    private const string DefaultCertificate = "Kestrel:Certificates:Default";

    /// <summary>Prefixes of the environment variables that may configure the certificate; the last one takes precedence.</summary>
    private static readonly string[] Prefixes = ["", "DOTNET_", "ASPNETCORE_"];

    /// <param name="configuration">Holds the certificate's settings of files; those of environment variables take precedence.</param>
    public static WebApplicationBuilder CreateBuilder(IConfiguration? configuration)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(HostDefaults).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory, // independent of the working directory
            EnvironmentName = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"),
        });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server => server.Configure(Certificate(configuration), reloadOnChange: false));
        builder.Services.AddRouting();
        return builder;
    }

    /// <summary>Returns the HTTPS certificate settings in Kestrel's configuration format, without endpoints.</summary>
    private static IConfigurationRoot Certificate(IConfiguration? configuration)
    {
        var variables = new ConfigurationBuilder();
        if (configuration is not null)
        {
            variables.AddConfiguration(configuration);
        }

        foreach (string prefix in Prefixes)
        {
            variables.AddEnvironmentVariables(prefix);
        }

        return new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Build().GetSection(DefaultCertificate).AsEnumerable(makePathsRelative: true)
                .Select(entry => KeyValuePair.Create($"Certificates:Default:{entry.Key}", Absolute(entry.Key, entry.Value, Environment.CurrentDirectory))))
            .Build();
    }

    /// <summary>Resolves paths against a folder: the working directory for variables, the file's own for a file.</summary>
    internal static string? Absolute(string key, string? value, string folder) =>
        key.EndsWith("Path", StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(value) ? Path.GetFullPath(value, folder) : value;
}
