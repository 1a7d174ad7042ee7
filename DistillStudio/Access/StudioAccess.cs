using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Runtime;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;

namespace DistillStudio.Access;

/// <summary>Puts the door in front of everything else: names and origins, headers, and where a token is demanded the sign-in.</summary>
internal static class StudioAccess
{
    private const string Scheme = "Studio";
    private const string StampClaim = "stamp";

    private static readonly TimeSpan SignInLifetime = TimeSpan.FromDays(14);

    public static void AddStudioAccess(this IServiceCollection services, AccessPlan plan, StudioHome home)
    {
        // Cookies of one host are shared by all its ports: each home has names of its own.
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home.Path)))[..8];
        services.AddSingleton(plan);
        services.AddDataProtection().SetApplicationName("DistillStudio").PersistKeysToFileSystem(new DirectoryInfo(KeyFolder(home)));
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = $"distillstudio-form-{mark}";
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true; // set for every answer
        });
        if (plan.Token is not { } token)
        {
            return;
        }

        services.AddSingleton(token);
        services.AddSingleton<TokenGate>();
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
                cookie.ExpireTimeSpan = SignInLifetime;
                cookie.Events.OnRedirectToLogin = redirect => LoginRoutes.SendToLoginAsync(redirect.HttpContext);
                cookie.Events.OnValidatePrincipal = async sign =>
                {
                    if (sign.Principal?.FindFirstValue(StampClaim) != token.Stamp)
                    {
                        sign.RejectPrincipal();
                        await sign.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
                    }
                };
            });
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build());
    }

    /// <summary>Before all that answers; the home is this studio's by now.</summary>
    public static void UseStudioAccess(this WebApplication app)
    {
        MakeKeyFolder(app.Services.GetRequiredService<StudioHome>());
        bool isPrivate = app.Services.GetRequiredService<AccessPlan>().Token is not null;
        app.Use((context, next) =>
        {
            SecurityHeaders.Add(context, isPrivate);
            return next(context);
        });
        app.UseMiddleware<HostGuard>();
        app.UseRouting();
        if (isPrivate)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }
    }

    public static ClaimsPrincipal Person(AccessToken token) => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, "person"), new(StampClaim, token.Stamp)],
        CookieAuthenticationDefaults.AuthenticationScheme));

    /// <summary>What signs the cookies: for its owner's eyes alone.</summary>
    public static string KeyFolder(StudioHome home) => Path.Combine(home.Path, "keys");

    private static void MakeKeyFolder(StudioHome home)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(KeyFolder(home));
        }
        else
        {
            Directory.CreateDirectory(KeyFolder(home), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
