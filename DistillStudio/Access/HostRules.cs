using System.Net;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Access;

/// <summary>
/// The names under which a browser may reach the studio. A page of a foreign site can have its own name point at this machine (DNS rebinding);
/// its requests still carry that name.
/// </summary>
internal sealed class HostRules
{
    private readonly HashSet<string> _names = new(["localhost", "127.0.0.1", "[::1]"], StringComparer.OrdinalIgnoreCase);
    private readonly bool _isPublic;

    /// <param name="addresses">Where the studio listens: their names are good ones.</param>
    /// <param name="allowed">Further names, without scheme and port.</param>
    /// <exception cref="InputException">One of the further names is none.</exception>
    public HostRules(IReadOnlyList<ListenAddress> addresses, IReadOnlyList<string> allowed)
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
                throw new InputException($"--allowed-hosts {name}: no name of a machine; write names such as studio.example.org, without scheme and port.");
            }

            _names.Add(name);
        }
    }

    /// <summary>Where it listens to every network a literal address is as good as another: no DNS is asked for it, so none can lie.</summary>
    public bool Allows(HostString host) =>
        host.HasValue && (_names.Contains(host.Host) || (_isPublic && IPAddress.TryParse(host.Host.Trim('[', ']'), out _)));
}
