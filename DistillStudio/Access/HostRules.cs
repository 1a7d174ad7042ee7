using System.Net;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>
/// The host names accepted from browsers. Prevents DNS rebinding, where the name of a foreign site resolves to this machine: such
/// requests still contain that name.
/// </summary>
internal sealed class HostRules
{
    private readonly HashSet<string> _names = new(["localhost", "127.0.0.1", "[::1]"], StringComparer.OrdinalIgnoreCase);
    private readonly bool _isPublic;

    /// <param name="addresses">Addresses that the studio listens on; their host names are allowed.</param>
    /// <param name="allowed">Additional host names, without scheme and port.</param>
    /// <param name="place">Where the user wrote them; begins the message.</param>
    /// <exception cref="InputException">One of the additional names is not a valid host name.</exception>
    public HostRules(IReadOnlyList<ListenAddress> addresses, IReadOnlyList<string> allowed, string place)
    {
        _names.UnionWith(addresses.Select(a => a.Host));
        _isPublic = addresses.Any(a => a.IsAny);
        if (_isPublic)
        {
            _names.Add(Dns.GetHostName());
        }

        foreach (string name in allowed)
        {
            if (Uri.CheckHostName(name.Trim('[', ']')) == UriHostNameType.Unknown)
            {
                throw new InputException($"{place} {name} is not a host name; write names such as studio.example.org, "
                    + $"without scheme and port.");
            }

            _names.Add(name);
        }
    }

    /// <summary>
    /// Returns true if the host is allowed. When listening on all networks, any IP address is allowed, since it involves no DNS.
    /// </summary>
    public bool Allows(HostString host) =>
        host.HasValue && (_names.Contains(host.Host) || (_isPublic && IPAddress.TryParse(host.Host.Trim('[', ']'), out _)));
}
