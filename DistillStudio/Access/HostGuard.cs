namespace DistillStudio.Access;

/// <summary>
/// Turns away requests for another host's name, and requests that a page of another site makes: posts, web sockets and all else that carries a
/// foreign <c>Origin</c>. Programs send none.
/// </summary>
internal sealed class HostGuard(RequestDelegate next, AccessPlan plan)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (plan.Token is null && !(context.Connection.LocalIpAddress is { } own && Loopback.Is(own)))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "This studio answers on its own machine only; start it with --urls to reach it from others.");
        }

        if (!plan.Hosts.Allows(context.Request.Host))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "This studio is not known under that name; open it under the address it printed, or add the name with --allowed-hosts.");
        }

        return context.Request.Headers.Origin is { Count: > 0 } origin && !IsOwn(context.Request, origin.ToString())
            ? Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "A page of another site asked for this; only the studio's own pages may.")
            : next(context);
    }

    /// <summary>The scheme may differ behind a proxy that takes https away, never the other way round.</summary>
    private static bool IsOwn(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
        && (page.Scheme == Uri.UriSchemeHttps || (page.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
        && page.Authority.Equals(WithoutDefaultPort(request.Host, page), StringComparison.OrdinalIgnoreCase);

    private static string WithoutDefaultPort(HostString host, Uri page) => host.Port == (page.Scheme == Uri.UriSchemeHttps ? 443 : 80) ? host.Host : host.Value!;
}
