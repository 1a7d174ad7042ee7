namespace DistillStudio.Access;

/// <summary>
/// Rejects requests with an unknown host name, and cross-origin requests: posts, web sockets and all others with a foreign
/// <c>Origin</c> header. Programs do not send the header.
/// </summary>
internal sealed class HostGuard(RequestDelegate next, AccessPlan plan)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (plan.Token is null && !(context.Connection.LocalIpAddress is { } own && Loopback.Is(own)))
        {
            return Refusal.WriteAsync(
                context, StatusCodes.Status403Forbidden,
                "This studio only answers requests from its own machine; start it with --urls to open it to others.");
        }

        if (!plan.Hosts.Allows(context.Request.Host))
        {
            return Refusal.WriteAsync(
                context, StatusCodes.Status400BadRequest,
                "This studio does not answer to that host name; open the address it printed, or add the name with --allowed-hosts.");
        }

        return context.Request.Headers.Origin is { Count: > 0 } origin && !IsOwn(context.Request, origin.ToString())
            ? Refusal.WriteAsync(
                context, StatusCodes.Status403Forbidden,
                "This request came from a page of another site; only the studio's own pages may send it.")
            : next(context);
    }

    /// <summary>
    /// Returns true for the studio's own origin. An https origin may arrive as http behind a proxy that terminates TLS, but not the
    /// reverse.
    /// </summary>
    private static bool IsOwn(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
        && (page.Scheme == Uri.UriSchemeHttps || (page.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
        && page.Authority.Equals(WithoutDefaultPort(request.Host, page), StringComparison.OrdinalIgnoreCase);

    private static string WithoutDefaultPort(HostString host, Uri page) =>
        host.Port == (page.Scheme == Uri.UriSchemeHttps ? 443 : 80) ? host.Host : host.Value!;
}
