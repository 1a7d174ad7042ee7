using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>Who may come in, and under which names.</summary>
/// <param name="Token">Null where the studio is reached from this machine only and none was given.</param>
internal sealed record AccessPlan(HostRules Hosts, AccessToken? Token)
{
    /// <exception cref="InputException">An address, a name or the token cannot be.</exception>
    public static AccessPlan Of(StudioOptions options)
    {
        ListenAddress[] addresses = [.. options.Urls.Select(ListenAddress.Parse)];
        AccessToken? token = !string.IsNullOrEmpty(options.Token) ? AccessToken.Given(options.Token)
            : addresses.All(a => a.IsLoopback) ? null
            : AccessToken.Make();
        return new(new HostRules(addresses, options.AllowedHosts), token);
    }
}
