using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace DistillStudio.Access;

internal enum TokenAnswer
{
    Right,
    Wrong,

    /// <summary>Not checked: the address sent too many wrong tokens within a minute.</summary>
    TooMany,
}

/// <summary>Checks all tokens, from the login page and from programs, with a limit on wrong tokens per address.</summary>
internal sealed class TokenGate(AccessToken token, ILogger<TokenGate> log) : IDisposable
{
    /// <summary>Maximum number of wrong tokens per address within <see cref="Window"/>.</summary>
    public const int Attempts = 10;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
        RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = Attempts, Window = Window, QueueLimit = 0 }));

    public TokenAnswer Try(IPAddress? from, string given)
    {
        IPAddress place = Network(from ?? IPAddress.None);
        lock (_gate) // otherwise concurrent attempts would bypass the limit
        {
            if (_limiter.GetStatistics(place) is { CurrentAvailablePermits: 0 })
            {
                return TokenAnswer.TooMany;
            }

            if (token.IsRight(given))
            {
                return TokenAnswer.Right;
            }

            using RateLimitLease lease = _limiter.AttemptAcquire(place);
            if (_limiter.GetStatistics(place) is { CurrentAvailablePermits: 0 })
            {
                log.LogWarning("{Attempts} wrong tokens came from {Address} within a minute; more are rejected for now.", Attempts, from);
            }

            return TokenAnswer.Wrong;
        }
    }

    public void Dispose() => _limiter.Dispose();

    /// <summary>
    /// Returns the /64 network of an IPv6 address, since one client controls all its 2⁶⁴ addresses, and an IPv4 address unchanged.
    /// </summary>
    public static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
