using System.Net;

namespace DistillStudio.Access;

internal static class Loopback
{
    /// <summary>Returns true for a loopback address: 127.0.0.0/8, also mapped to IPv6, and ::1.</summary>
    public static bool Is(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
