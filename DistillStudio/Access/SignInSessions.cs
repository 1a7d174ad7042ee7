using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;

namespace DistillStudio.Access;

/// <summary>
/// The sign-ins that cookies stand for. Signing out ends one on the server: its cookie is worth nothing from then on, wherever a copy lies, and what is
/// open with it, a tab's live connection or a program's, is cut at once.
/// </summary>
internal sealed class SignInSessions(RevokedSessions revoked)
{
    /// <summary>How long a cookie is good for without a visit.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(14);

    private const string ClaimType = "session";
    private const int IdBytes = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<HttpContext>> _open = new(StringComparer.Ordinal);

    /// <summary>The claim of a sign-in that begins now.</summary>
    public Claim Begin() => new(ClaimType, $"{revoked.Epoch}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes))}");

    /// <summary>False for a cookie of a session that has been ended, and for one that names none.</summary>
    public bool IsGood(ClaimsPrincipal? person) => SessionOf(person) is { } session && !revoked.Contains(session);

    /// <summary>Ends the session in which this request was made, and every other request of it.</summary>
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

    /// <summary>Answers a request, web sockets included, for as long as its session lasts.</summary>
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
            if (revoked.Contains(session)) // ended since its cookie was looked at
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
