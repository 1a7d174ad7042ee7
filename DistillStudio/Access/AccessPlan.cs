using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>Access settings: allowed host names, token, trusted proxies and base path.</summary>
/// <param name="Token">Null if the studio is reachable from this machine only and no token was given.</param>
/// <param name="PathBase">Base path under which a proxy serves the studio; empty for none.</param>
internal sealed record AccessPlan(HostRules Hosts, AccessToken? Token, TrustedProxies Proxies, PathString PathBase)
{
    /// <exception cref="InputException">An address, a host name, the path or the token is invalid.</exception>
    public static AccessPlan Of(StudioOptions options)
    {
        ListenAddress[] addresses = [.. options.Urls.Select(url => ListenAddress.Parse(url, options.Places[StudioSettings.Urls]))];
        var proxies = new TrustedProxies(options.TrustedProxies, options.Places[StudioSettings.TrustedProxies]);
        bool isForThisMachine = addresses.All(a => a.IsLoopback) && !proxies.Any; // a proxy forwards remote requests
        AccessToken? token = !string.IsNullOrEmpty(options.Token) ? AccessToken.Given(options.Token)
            : isForThisMachine ? null
            : AccessToken.Generate();
        return new(
            new HostRules(addresses, options.AllowedHosts, options.Places[StudioSettings.AllowedHosts]),
            token,
            proxies,
            PathPrefix.Parse(options.PathBase, options.Places[StudioSettings.PathBase]));
    }
}
