namespace DistillStudio;

/// <summary>
/// A web host that reads what the studio means to read and nothing else. The usual builder takes addresses, limits and trusted proxies from any environment
/// variable or <c>appsettings.json</c> it meets, which could open the studio to other machines; it also watches those files.
/// </summary>
internal static class HostDefaults
{
    private const string DefaultCertificate = "Kestrel:Certificates:Default";

    /// <summary>Of the environment variables that may name the certificate; the last counts.</summary>
    private static readonly string[] Prefixes = ["", "DOTNET_", "ASPNETCORE_"];

    public static WebApplicationBuilder CreateBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(HostDefaults).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory, // wherever it was started from
            EnvironmentName = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"),
        });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server => server.Configure(Certificate(), reloadOnChange: false));
        builder.Services.AddRouting();
        return builder;
    }

    /// <summary>The certificate for https, as Kestrel's own section names it, with no endpoint beside it.</summary>
    private static IConfigurationRoot Certificate()
    {
        var variables = new ConfigurationBuilder();
        foreach (string prefix in Prefixes)
        {
            variables.AddEnvironmentVariables(prefix);
        }

        return new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Build().GetSection(DefaultCertificate).AsEnumerable(makePathsRelative: true)
                .Select(entry => KeyValuePair.Create($"Certificates:Default:{entry.Key}", Absolute(entry.Key, entry.Value))))
            .Build();
    }

    /// <summary>A file is named from where the studio was started, not from where the program lies.</summary>
    private static string? Absolute(string key, string? value) =>
        key.EndsWith("Path", StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(value) ? Path.GetFullPath(value) : value;
}
