using DistillStudio.Configuration;

namespace DistillStudio.Hosting;

/// <summary>
/// Creates a web host that reads only explicitly selected configuration. The default builder reads addresses, limits and trusted
/// proxies from environment variables and <c>appsettings.json</c>, which could expose the studio to other machines, and watches
/// those files for changes; see <see cref="StudioConfiguration"/> for what is read from them.
/// </summary>
internal static class StudioHostBuilder
{
    /// <param name="certificate">Kestrel's configuration with the certificate; null for none.</param>
    public static WebApplicationBuilder Create(IConfigurationRoot? certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(StudioHostBuilder).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory, // independent of the working directory
            EnvironmentName = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
                ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"),
        });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(
            server => server.Configure(certificate ?? new ConfigurationBuilder().Build(), reloadOnChange: false));
        builder.Services.AddRouting();
        return builder;
    }
}
