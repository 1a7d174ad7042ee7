using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;

namespace DistillStudio.Access;

/// <summary>
/// The sign-in sessions of cookies. Signing out revokes the session on the server: all copies of its cookie become invalid, and its
/// open requests, such as the live connections of tabs or programs, are aborted immediately.
/// </summary>
internal sealed class SignInSessions(RevokedSessions revoked)
{
    /// <summary>Lifetime of a cookie without a request.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(14);

    private const string ClaimType = "session";
    private const int IdBytes = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<HttpContext>> _open = new(StringComparer.Ordinal);

    /// <summary>Returns the claim of a new session.</summary>
    public Claim Begin() => new(ClaimType, $"{revoked.Epoch}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes))}");

    /// <summary>Returns false for a revoked session, and for a principal without a session.</summary>
    public bool IsGood(ClaimsPrincipal? person) => SessionOf(person) is { } session && !revoked.Contains(session);

    /// <summary>Revokes the request's session and aborts all other requests of the session.</summary>
    public void End(HttpContext context)
    {
        if (SessionOf(context.User) is not { } session)
        {
            return;
        }

        revoked.Add(session);
        HttpContext[] open;
        lock (_gate)
        {
            open = [.. _open.GetValueOrDefault(session) ?? []];
        }

        foreach (HttpContext other in open.Where(other => other != context))
        {
            other.Abort();
        }
    }

    /// <summary>Processes a request, including web sockets, until its session is revoked.</summary>
    public async Task FollowAsync(HttpContext context, RequestDelegate next)
    {
        if (SessionOf(context.User) is not { } session)
        {
            await next(context);
            return;
        }

        lock (_gate)
        {
            if (!_open.TryGetValue(session, out List<HttpContext>? open))
            {
                _open.Add(session, open = []);
            }

            open.Add(context);
        }

        try
        {
            if (revoked.Contains(session)) // revoked since the cookie was validated
            {
                context.Abort();
                return;
            }

            await next(context);
        }
        finally
        {
            lock (_gate)
            {
                List<HttpContext> open = _open[session];
                open.Remove(context);
                if (open.Count == 0)
                {
                    _open.Remove(session);
                }
            }
        }
    }

    private static string? SessionOf(ClaimsPrincipal? person) => person?.FindFirstValue(ClaimType);
}
