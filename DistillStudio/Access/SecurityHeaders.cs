namespace DistillStudio.Access;

/// <summary>
/// What every answer tells the browser not to do. Scripts come from the studio's own files alone; styles are allowed inline, since MudBlazor and
/// Plotly write them; images may be drawn by the page (Plotly's PNG). Nothing is asked of another host, and no other page may frame this one.
/// </summary>
internal static class SecurityHeaders
{
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    private const string Permissions =
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

    public static void Add(HttpContext context, bool isPrivate)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin"; // stricter, and the browser hides the origin of the page's own posts
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (isPrivate)
        {
            headers.CacheControl = "no-cache, no-store"; // static files say otherwise themselves
        }
    }
}
