using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Configuration;

/// <summary>Options for starting a studio.</summary>
public sealed record StudioOptions
{
    public const int DefaultPort = 5080;

    public required StudioHome Home { get; init; }

    /// <summary>URLs to listen on. A non-loopback address requires a token.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [AddressOf(DefaultPort)];

    /// <summary>Whether an address needs a certificate.</summary>
    public bool IsHttps => Urls.Any(url => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase));

    /// <summary>Additional host names, besides those in <see cref="Urls"/>, accepted from browsers, such as a proxy's name.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Addresses and networks of proxies whose <c>X-Forwarded-…</c> headers are trusted. A non-empty list requires a token.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>Base path under which a proxy serves the studio, such as <c>/studio</c>; null for none.</summary>
    public string? PathBase { get; init; }

    /// <summary>Access token of at least 16 characters; null to generate one where a token is required.</summary>
    public string? Token { get; init; }

    /// <summary>Automatically resumes runs that an earlier studio was training when it ended.</summary>
    public bool ResumesRuns { get; init; } = true;

    /// <summary>Address of the hub for downloads and pushes of models; null for <c>HF_ENDPOINT</c>, else Hugging Face's.</summary>
    public string? HubUrl { get; init; }

    /// <summary>Archive of the published datasets: an address, a file or a folder; null for the original's.</summary>
    public string? DatasetsUrl { get; init; }

    /// <summary>Where notices are sent; null for nowhere.</summary>
    public WebhookSettings? Webhook { get; init; }

    /// <summary>The sections <c>Logging</c> and <c>Kestrel:Certificates:Default</c>; null for the defaults.</summary>
    public IConfiguration? Configuration { get; init; }

    /// <summary>
    /// Where the user set each option, by its name in <see cref="StudioSettings"/>: a flag, a variable, or a file and its key.
    /// </summary>
    public IReadOnlyDictionary<string, string> Places { get; init; } = StudioSettings.Flags;

    /// <summary>Adds or replaces services.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <param name="port">0 for any free port.</param>
    public static string AddressOf(int port) => port == 0 ? "http://127.0.0.1:0" : $"http://localhost:{port}";
}
