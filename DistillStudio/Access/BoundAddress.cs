using System.Net;

namespace DistillStudio.Access;

/// <summary>Addresses that the server listens on, as it reports them once it does.</summary>
internal static class BoundAddress
{
    /// <summary>
    /// Returns true for loopback addresses; false for Unix sockets and named pipes, whose access the file system controls.
    /// </summary>
    public static bool IsLoopback(string bound)
    {
        var address = BindingAddress.Parse(bound);
        return address is { IsUnixPipe: false, IsNamedPipe: false }
            && (IsLocalhost(address)
                || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? literal) && Loopback.Is(literal)));
    }

    /// <summary>Returns sentences on where other machines may reach the studio; null if nowhere.</summary>
    /// <param name="bound">Addresses that the server reports.</param>
    /// <param name="asked">Addresses that the user asked for.</param>
    public static string? Describe(IReadOnlyCollection<string> bound, IEnumerable<ListenAddress> asked)
    {
        if (bound.All(IsLoopback))
        {
            return null;
        }

        string[] names = [.. asked.Where(address => address.IsName).Select(address => address.Host).Distinct()];
        string where = $"It listens on {string.Join(", and on ", bound.Select(Describe).Distinct())}.";
        return names.Length == 0
            ? where
            : $"{where} The name {string.Join(" and ", names)} does not limit this, only what browsers may call it: to listen on one "
                + $"address, give --urls that address.";
    }

    private static string Describe(string bound)
    {
        var address = BindingAddress.Parse(bound);
        string host = address.Host.Trim('[', ']');
        string place = IsLoopback(bound) ? $"{address.Host} (this machine only)"
            : !IPAddress.TryParse(host, out IPAddress? literal) ? address.Host
            : literal.Equals(IPAddress.IPv6Any) ? "all addresses of this machine"
            : literal.Equals(IPAddress.Any) ? "all IPv4 addresses of this machine"
            : address.Host;
        return $"{place}, port {address.Port}";
    }

    private static bool IsLocalhost(BindingAddress address) => address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
