using System.Net;
using System.Text.RegularExpressions;
using DistillStudio.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Support;

/// <summary>A studio that requires a token, with everything it logs and its clients.</summary>
public sealed partial class GuardedStudio : IAsyncLifetime
{
    public const string Token = "the-right-token-0123456789";

    private readonly TempFolder _folder = new();
    private readonly RecordedLog _log = new();
    private RunningStudio? _studio;

    public Uri Address => new(_studio!.Address);

    public string RunId { get; private set; } = "";

    public IReadOnlyCollection<string> Logged => _log.Entries;

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
                    log => log.AddProvider(_log).AddFilter<RecordedLog>(null, LogLevel.Trace).AddFilter<RecordedLog>(
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

    /// <summary>The token of the form on a page, without which nothing is posted.</summary>
    public static string FormToken(string page) => FormTokenPattern().Match(page).Groups[1].Value;

    public static FormUrlEncodedContent Form(string? formToken, params (string Name, string Value)[] fields) =>
        new(fields.Append((Name: "__RequestVerificationToken", Value: formToken ?? "")).ToDictionary(f => f.Name, f => f.Value));

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormTokenPattern();
}
