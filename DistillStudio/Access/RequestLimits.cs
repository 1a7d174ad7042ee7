using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DistillStudio.Access;

/// <summary>How much of the server one visitor may take. Files for the Launch page come over the circuit, in small pieces.</summary>
internal static class RequestLimits
{
    /// <summary>Bytes of a posted form, and of a message where a browser has no web sockets.</summary>
    private const int LargestBody = 2 << 20;

    /// <summary>A tab that is open holds one, a program that listens too.</summary>
    private const int MostSockets = 500;

    public static void Set(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = LargestBody;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        server.Limits.MaxConcurrentConnections = null; // once full it would turn its owner away too: GuestConnections makes room instead
        server.Limits.MaxConcurrentUpgradedConnections = MostSockets;
    }
}
