using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Access;

/// <summary>
/// The path under which a proxy shows the studio. The proxy may leave it in the address of each request or take it away, and may name it in
/// <c>X-Forwarded-Prefix</c>; pages, cookies and redirects carry it either way.
/// </summary>
internal sealed class PathPrefix(RequestDelegate next, AccessPlan plan)
{
    private const int Longest = 1024;

    /// <exception cref="InputException">It is no path.</exception>
    public static PathString Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return PathString.Empty;
        }

        return Read(text[0] == '/' ? text : $"/{text}")
            ?? throw new InputException($"--path-base {text}: no path; write it as it stands in the address behind the host, such as /studio.");
    }

    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;

        // Set by now only by a trusted proxy, which may have passed on what a visitor sent.
        PathString prefix = request.PathBase.HasValue && Read(request.PathBase.ToUriComponent()) is { HasValue: true } named ? named : plan.PathBase;
        request.PathBase = prefix;
        if (prefix.HasValue && request.Path.StartsWithSegments(prefix, StringComparison.Ordinal, out PathString rest))
        {
            if (!rest.HasValue)
            {
                // Without the slash a page would lie outside its own base address.
                context.Response.Redirect(prefix.ToUriComponent() + "/" + request.QueryString.ToUriComponent(), permanent: false, preserveMethod: true);
                return Task.CompletedTask;
            }

            request.Path = rest;
        }

        return next(context);
    }

    /// <summary>Without a slash at its end; null where it is no plain path, as <c>//host</c> would be.</summary>
    private static PathString? Read(string path)
    {
        path = path.TrimEnd('/');
        bool isPlain = path.Length <= Longest
            && !path.Contains("//", StringComparison.Ordinal)
            && path.All(c => char.IsAsciiLetterOrDigit(c) || "/-._~%!$&'()*+,;=:@".Contains(c, StringComparison.Ordinal))
            && !path.Split('/').Any(segment => segment is "." or "..");
        return isPlain ? PathString.FromUriComponent(path) : default(PathString?); // null alone would be taken for an empty path
    }
}
