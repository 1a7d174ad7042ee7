using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>
/// Middleware that sets the base path under which a proxy serves the studio. The proxy may keep or strip it from each request's path,
/// and may send it as <c>X-Forwarded-Prefix</c>; pages, cookies and redirects include it in either case.
/// </summary>
internal sealed class PathPrefix(RequestDelegate next, AccessPlan plan)
{
    private const int Longest = 1024;

    /// <param name="text">Null or empty for none.</param>
    /// <param name="place">Where the user wrote it; begins the message.</param>
    /// <exception cref="InputException">The text is not a valid path.</exception>
    public static PathString Parse(string? text, string place)
    {
        if (string.IsNullOrEmpty(text))
        {
            return PathString.Empty;
        }

        return Read(text[0] == '/' ? text : $"/{text}")
            ?? throw new InputException($"{place} {text} is not a path; write the part of the address after the host, such as /studio.");
    }

    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;

        // At this point set only by a trusted proxy, which may have forwarded a client's header.
        PathString prefix =
            request.PathBase.HasValue && Read(request.PathBase.ToUriComponent()) is { HasValue: true } named ? named : plan.PathBase;
        request.PathBase = prefix;
        if (prefix.HasValue && request.Path.StartsWithSegments(prefix, StringComparison.Ordinal, out PathString rest))
        {
            if (!rest.HasValue)
            {
                // Without the trailing slash, the page would be outside its own base URL.
                context.Response.Redirect(
                    prefix.ToUriComponent() + "/" + request.QueryString.ToUriComponent(), permanent: false, preserveMethod: true);
                return Task.CompletedTask;
            }

            request.Path = rest;
        }

        return next(context);
    }

    /// <summary>Parses a path and removes trailing slashes; returns null if it is not a plain path, such as <c>//host</c>.</summary>
    private static PathString? Read(string path)
    {
        path = path.TrimEnd('/');
        bool isPlain = path.Length <= Longest
            && !path.Contains("//", StringComparison.Ordinal)
            && path.All(c => char.IsAsciiLetterOrDigit(c) || "/-._~%!$&'()*+,;=:@".Contains(c, StringComparison.Ordinal))
            && !path.Split('/').Any(segment => segment is "." or "..");
        return isPlain ? PathString.FromUriComponent(path) : default(PathString?); // a bare null would convert to an empty path
    }
}
