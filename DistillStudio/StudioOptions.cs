using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio;

/// <summary>How a studio is opened.</summary>
public sealed record StudioOptions
{
    public const int DefaultPort = 5080;

    public required StudioHome Home { get; init; }

    /// <summary>Where it listens. An address that is not loopback makes it demand a token.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [AddressOf(DefaultPort)];

    /// <summary>Names, besides those in <see cref="Urls"/>, under which browsers may reach it, such as a proxy's.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Addresses and networks of proxies whose <c>X-Forwarded-…</c> headers count. Any at all makes it demand a token.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The path under which a proxy shows it, such as <c>/studio</c>; null for none.</summary>
    public string? PathBase { get; init; }

    /// <summary>What visitors must know, 16 characters or more; null for one that is made where one is demanded.</summary>
    public string? Token { get; init; }

    /// <summary>Runs that an earlier studio was training when it ended go on by themselves.</summary>
    public bool ResumesRuns { get; init; } = true;

    /// <summary>Adds to or replaces the services.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <param name="port">0 for any free one.</param>
    public static string AddressOf(int port) => port == 0 ? "http://127.0.0.1:0" : $"http://localhost:{port}";
}
