using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace DistillStudio.Access;

internal enum TokenAnswer
{
    Right,
    Wrong,

    /// <summary>Not even looked at: too many wrong ones came from there within a minute.</summary>
    TooMany,
}

/// <summary>The one place that judges tokens, from the login page and from programs alike; an address may err only so often.</summary>
internal sealed class TokenGate(AccessToken token, ILogger<TokenGate> log) : IDisposable
{
    /// <summary>Wrong tokens that one address may send in <see cref="Window"/>.</summary>
    public const int Attempts = 10;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new FixedWindowRateLimiterOptions { PermitLimit = Attempts, Window = Window, QueueLimit = 0 }));

    public TokenAnswer Try(IPAddress? from, string given)
    {
        IPAddress place = Network(from ?? IPAddress.None);
        lock (_gate) // or many at once would pass before the first is counted
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
                log.LogWarning("{Attempts} wrong tokens came from {Address} within a minute; it has to wait.", Attempts, from);
            }

            return TokenAnswer.Wrong;
        }
    }

    public void Dispose() => _limiter.Dispose();

    /// <summary>Whoever has one IPv6 address has the other 2⁶⁴ of its network too.</summary>
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
