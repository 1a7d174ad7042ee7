using System.Net;
using System.Net.Sockets;
using DistillStudio.Engine.Runtime;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace DistillStudio.Access;

/// <summary>
/// Proxies whose <c>X-Forwarded-…</c> headers are trusted for the client's address, scheme, host and path prefix.
/// </summary>
internal sealed class TrustedProxies
{
    private readonly IPNetwork[] _networks;

    /// <param name="written">Addresses, and networks such as 10.0.0.0/8.</param>
    /// <param name="place">Where the user wrote them; begins the message.</param>
    /// <exception cref="InputException">An entry is neither an address nor a network.</exception>
    public TrustedProxies(IEnumerable<string> written, string place) => _networks = [.. written.Select(text => Parse(text, place))];

    public bool Any => _networks.Length > 0;

    public bool Contains(IPAddress address) =>
        Array.Exists(_networks, network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    /// <summary>Configures the forwarded headers; those of untrusted proxies are ignored.</summary>
    public void Set(ForwardedHeadersOptions options)
    {
        options.ForwardedHeaders = ForwardedHeaders.All;
        options.ForwardLimit = null; // no limit on the number of trusted proxies
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (IPNetwork network in _networks)
        {
            options.KnownIPNetworks.Add(network);
        }
    }

    private static IPNetwork Parse(string text, string place)
    {
        string[] parts = text.Split('/');
        if (parts.Length > 2
            || parts[0].IndexOfAny(['.', ':']) < 0
            || !IPAddress.TryParse(parts[0].Trim('[', ']'), out IPAddress? address)
            || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != parts[0])) // 010.0.0.1 is 8.0.0.1
        {
            throw Refuse(text, place);
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        int all = address.GetAddressBytes().Length * 8;
        if (parts.Length == 1)
        {
            return new IPNetwork(Masked(address, all), all);
        }

        return int.TryParse(parts[1], out int bits) && bits >= 0 && bits <= all
            ? new IPNetwork(Masked(address, bits), bits)
            : throw Refuse(text, place);
    }

    /// <summary>Clears the host bits: 10.0.0.5/8 becomes 10.0.0.0/8.</summary>
    private static IPAddress Masked(IPAddress address, int bits)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPAddress(bytes);
    }

    private static InputException Refuse(string text, string place) =>
        new($"{place} {text} is not an address; write one such as 127.0.0.1, or a network such as 10.0.0.0/8.");
}
