namespace DistillStudio.Access;

/// <summary>
/// Adds security headers to every response. Scripts are allowed only from the studio's own files; styles may be inline, since
/// MudBlazor and Plotly generate them; images may be data or blob URLs (Plotly's PNG). Requests to other hosts and framing by other
/// pages are forbidden.
/// </summary>
internal static class SecurityHeaders
{
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
            + "connect-src 'self'; "
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    private const string Permissions =
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
            + "midi=(), payment=(), usb=()";

    public static void Add(HttpContext context, bool isPrivate)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin"; // a stricter policy hides the origin of the page's own posts
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (isPrivate)
        {
            headers.CacheControl = "no-cache, no-store"; // static files override this
        }
    }
}
