using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Access;

/// <summary>Who may come in, under which names and along which way.</summary>
/// <param name="Token">Null where the studio is reached from this machine only and none was given.</param>
/// <param name="PathBase">The path under which a proxy shows the studio; empty for none.</param>
internal sealed record AccessPlan(HostRules Hosts, AccessToken? Token, TrustedProxies Proxies, PathString PathBase)
{
    /// <exception cref="InputException">An address, a name, the path or the token cannot be.</exception>
    public static AccessPlan Of(StudioOptions options)
    {
        ListenAddress[] addresses = [.. options.Urls.Select(ListenAddress.Parse)];
        var proxies = new TrustedProxies(options.TrustedProxies);
        bool isForThisMachine = addresses.All(a => a.IsLoopback) && !proxies.Any; // a proxy brings visitors from elsewhere
        AccessToken? token = !string.IsNullOrEmpty(options.Token) ? AccessToken.Given(options.Token)
            : isForThisMachine ? null
            : AccessToken.Make();
        return new(new HostRules(addresses, options.AllowedHosts), token, proxies, PathPrefix.Parse(options.PathBase));
    }
}
