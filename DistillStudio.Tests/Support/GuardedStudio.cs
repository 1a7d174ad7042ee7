using System.Net;
using DistillStudio.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Support;

/// <summary>A studio that demands a token, everything it logs, and clients of it.</summary>
public sealed class GuardedStudio : IAsyncLifetime
{
    public const string Token = "the-right-token-0123456789";

    private readonly TempFolder _folder = new();
    private readonly KeptLog _log = new();
    private RunningStudio? _studio;

    public Uri Address => new(_studio!.Address);

    public string RunId { get; private set; } = "";

    public IReadOnlyCollection<string> Logged => _log.Lines;

    internal RunningStudio Studio => _studio!;

    public async ValueTask InitializeAsync()
    {
        StudioOptions options = RunningStudio.Options(_folder.Home);
        _studio = await RunningStudio.StartAsync(options with
        {
            Token = Token,
            AllowedHosts = ["studio.example"],
            Services = services =>
            {
                options.Services!(services);
                services.AddLogging(
                    log => log.AddProvider(_log).AddFilter<KeptLog>(null, LogLevel.Trace).AddFilter<KeptLog>(
                        "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning));
            },
        });
        RunId = Studio.Manager.Launch(RunScript.Spec(20));
    }

    public async ValueTask DisposeAsync()
    {
        if (_studio is not null)
        {
            await _studio.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>Follows no redirect; keeps cookies.</summary>
    public HttpClient Client(bool isSignedIn = false)
    {
        var client =
            new HttpClient(
                new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
            { BaseAddress = Address };
        if (isSignedIn)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        }

        return client;
    }
}
