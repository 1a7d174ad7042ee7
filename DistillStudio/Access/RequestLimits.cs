using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DistillStudio.Access;

/// <summary>Configures request limits. Uploads on the Launch page use the Blazor circuit, in small chunks.</summary>
internal static class RequestLimits
{
    /// <summary>Maximum request body in bytes, for posted forms and for messages of browsers without web sockets.</summary>
    private const int LargestBody = 2 << 20;

    /// <summary>Maximum number of web sockets; each open tab and each streaming program uses one.</summary>
    private const int MostSockets = 500;

    public static void Set(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = LargestBody;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        server.Limits.MaxConcurrentConnections = null; // a limit would also reject the owner: GuestConnections evicts instead
        server.Limits.MaxConcurrentUpgradedConnections = MostSockets;
    }
}
