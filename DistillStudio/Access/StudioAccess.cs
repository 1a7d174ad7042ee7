using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Runtime.Files;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DistillStudio.Access;

/// <summary>
/// Configures access control: host names and origins, security headers, and authentication if a token is required.
/// </summary>
internal static class StudioAccess
{
    private const string Scheme = "Studio";
    private const string StampClaim = "stamp";

    public static void AddStudioAccess(this IServiceCollection services, AccessPlan plan, StudioHome home)
    {
        // Cookies are shared by all ports of a host, so each home uses its own cookie names.
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home.Path)))[..8];
        services.AddSingleton(plan);
        services.AddSingleton<GuestConnections>();
        services.AddOptions<KestrelServerOptions>().Configure<GuestConnections>(
            (server, guests) => server.ConfigureEndpointDefaults(listen => listen.Use(guests.Accept)));
        services.AddHostedService<BoundAddressCheck>();
        services.Configure<ForwardedHeadersOptions>(plan.Proxies.Set);
        services.AddDataProtection().SetApplicationName("DistillStudio").PersistKeysToFileSystem(new DirectoryInfo(KeyFolder(home)));
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = $"distillstudio-form-{mark}";
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true; // set for every response
        });
        if (plan.Token is not { } token)
        {
            return;
        }

        services.AddSingleton(token);
        services.AddSingleton<TokenGate>();
        services.AddSingleton(
            s => new RevokedSessions(
                Path.Combine(KeyFolder(home), "sessions.json"), s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<RevokedSessions>>()));
        services.AddSingleton<SignInSessions>();
        services.AddAuthentication(Scheme)
            .AddPolicyScheme(Scheme, null, scheme => scheme.ForwardDefaultSelector = context =>
                BearerHandler.IsMeant(context.Request) ? BearerHandler.Name : CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.Name, null)
            .AddCookie(cookie =>
            {
                cookie.Cookie.Name = $"distillstudio-{mark}";
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Strict;
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                cookie.ExpireTimeSpan = SignInSessions.Lifetime;
                cookie.Events.OnRedirectToLogin = redirect => LoginRoutes.SendToLoginAsync(redirect.HttpContext);
                cookie.Events.OnValidatePrincipal = async sign =>
                {
                    bool isGood = sign.Principal?.FindFirstValue(StampClaim) == token.Stamp
                        && sign.HttpContext.RequestServices.GetRequiredService<SignInSessions>().IsGood(sign.Principal);
                    if (!isGood)
                    {
                        sign.RejectPrincipal();
                        await sign.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
                    }
                };
            });
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build());
    }

    /// <summary>Adds the access middleware. Called before all endpoints are mapped, after the home's lock is taken.</summary>
    public static void UseStudioAccess(this WebApplication app)
    {
        PrivateFiles.MakeFolder(KeyFolder(app.Services.GetRequiredService<StudioHome>()));
        AccessPlan plan = app.Services.GetRequiredService<AccessPlan>();
        GuestConnections guests = app.Services.GetRequiredService<GuestConnections>();
        bool isPrivate = plan.Token is not null;
        app.Use(guests.ServeAsync);
        if (plan.Proxies.Any)
        {
            app.UseForwardedHeaders();
        }

        app.UseMiddleware<PathPrefix>();
        app.Use((context, next) =>
        {
            SecurityHeaders.Add(context, isPrivate);
            return next(context);
        });
        app.UseMiddleware<HostGuard>();
        app.UseRouting();
        if (isPrivate)
        {
            SignInSessions sessions = app.Services.GetRequiredService<SignInSessions>();
            app.UseAuthentication();
            app.Use(sessions.FollowAsync);
        }

        app.Use((context, next) =>
        {
            if (!isPrivate || context.User.Identity?.IsAuthenticated == true)
            {
                guests.Admit(context);
            }

            return next(context);
        });
        if (isPrivate)
        {
            app.UseAuthorization();
        }
    }

    public static ClaimsPrincipal Person(AccessToken token, SignInSessions sessions) => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, "person"), new(StampClaim, token.Stamp), sessions.Begin()],
        CookieAuthenticationDefaults.AuthenticationScheme));

    /// <summary>Returns the folder of the keys that sign the cookies; readable by its owner only.</summary>
    public static string KeyFolder(StudioHome home) => Path.Combine(home.Path, "keys");
}
