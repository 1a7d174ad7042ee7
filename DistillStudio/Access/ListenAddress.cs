using System.Net;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>An address configured for the studio to listen on.</summary>
/// <param name="Host">Host as written, IPv6 in brackets.</param>
/// <param name="IsLoopback">True if only this machine can reach the address.</param>
/// <param name="IsAny">
/// True for a wildcard address, and for any host name except <c>localhost</c>: the server then listens on all networks.
/// </param>
internal sealed record ListenAddress(string Host, bool IsLoopback, bool IsAny)
{
    /// <summary>
    /// True for a host name other than <c>localhost</c>, which limits only the names that browsers may use, not where the server listens.
    /// </summary>
    public bool IsName => IsAny && Host is not ("*" or "+") && !IPAddress.TryParse(Host.Trim('[', ']'), out _);

    /// <param name="url">Text to parse.</param>
    /// <param name="place">Where the user wrote it; begins the message.</param>
    /// <exception cref="InputException">The text is not an http or https URL with only host and port.</exception>
    public static ListenAddress Parse(string url, string place)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw Refuse(url, place, e);
        }

        bool isWeb = address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps;
        if (!isWeb
            || address.IsUnixPipe
            || address.IsNamedPipe
            || address.PathBase.Length > 0
            || address.Port is < 0 or > IPEndPoint.MaxPort)
        {
            throw Refuse(url, place, null);
        }

        string host = address.Host;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new(host, IsLoopback: true, IsAny: false);
        }

        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? literal))
        {
            return new(host, Loopback.Is(literal), literal.Equals(IPAddress.Any) || literal.Equals(IPAddress.IPv6Any));
        }

        return host is "*" or "+" || Uri.CheckHostName(host) == UriHostNameType.Dns
            ? new(host, IsLoopback: false, IsAny: true)
            : throw Refuse(url, place, null);
    }

    private static InputException Refuse(string url, string place, Exception? cause) =>
        new($"{place} {url} is not a valid address; write http://localhost:PORT, or http://HOST:PORT to be reachable from other machines, "
            + $"which then need a token.", cause);
}
