using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace DistillStudio.Access;

/// <summary>The routes <c>/login</c> and <c>/logout</c>, mapped if a token is required.</summary>
internal static class LoginRoutes
{
    public const string Login = "/login";

    public const string Logout = "/logout";

    /// <summary>Denotes the base path of the studio in local redirects.</summary>
    private const string Here = "~";

    /// <summary>Maximum length in characters of the return URL; a longer one is ignored.</summary>
    private const int LongestNext = 2048;

    public static void MapLogin(this IEndpointRouteBuilder routes, AccessToken token)
    {
        routes.MapGet(
            Login,
            async (
                HttpContext context, TokenGate gate, SignInSessions sessions, [FromQuery(Name = "token")] string? given, string? next,
                bool? wrong) =>
        {
            if (given is null)
            {
                return Page(
                    wrong == true ? LoginPage.WrongToken : null, next,
                    wrong == true ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK);
            }

            // Redirect in either case, to remove the token from the URL.
            return gate.Try(context.Connection.RemoteIpAddress, given) switch
            {
                TokenAnswer.Right => await SignInAsync(context, token, sessions, next),
                TokenAnswer.TooMany => TooMany(context, next),
                _ => Results.LocalRedirect(
                    $"{Here}{Login}?wrong=true{(Own(next) is { } place ? $"&next={Uri.EscapeDataString(place)}" : "")}"),
            };
        }).AllowAnonymous();

        routes.MapPost(
            Login,
            async (
                HttpContext context, TokenGate gate, SignInSessions sessions, [FromForm(Name = "token")] string? given,
                [FromForm] string? next) =>
            gate.Try(context.Connection.RemoteIpAddress, given?.Trim() ?? "") switch
            {
                TokenAnswer.Right => await SignInAsync(context, token, sessions, next),
                TokenAnswer.TooMany => TooMany(context, next),
                _ => Page(LoginPage.WrongToken, next, StatusCodes.Status401Unauthorized),
            }).AllowAnonymous();

        routes.MapPost(Logout, async (HttpContext context, SignInSessions sessions, IFormCollection _) => // validates antiforgery
        {
            sessions.End(context);
            await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            return Results.LocalRedirect(Here + Login);
        });
    }

    /// <summary>Redirects a browser to the login page; responds to a program with status 401.</summary>
    public static Task SendToLoginAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool isPage = HttpMethods.IsGet(request.Method)
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
        if (!isPage)
        {
            context.Response.Headers.WWWAuthenticate = BearerHandler.Name;
            return Refusal.WriteAsync(
                context, StatusCodes.Status401Unauthorized,
                "This studio requires a token; sign in at /login, or send it as Authorization: Bearer TOKEN.");
        }

        string @base = request.PathBase.ToUriComponent();
        string here = request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        if (request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            // For a link from another site, the browser withholds its SameSite=Strict cookie. It sends the cookie when this page reloads.
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync(
                $"<!DOCTYPE html><title>DistillStudio</title><meta http-equiv=\"refresh\" content=\"0; "
                    + $"url={WebUtility.HtmlEncode(@base + here)}\">",
                context.RequestAborted);
        }

        context.Response.Redirect(@base + (here == "/" ? Login : $"{Login}?next={Uri.EscapeDataString(here)}"));
        return Task.CompletedTask;
    }

    private static async Task<IResult> SignInAsync(HttpContext context, AccessToken token, SignInSessions sessions, string? next)
    {
        await context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme, StudioAccess.Person(token, sessions),
            new AuthenticationProperties { IsPersistent = true });
        return Results.LocalRedirect(Here + (Own(next) ?? "/"));
    }

    private static RazorComponentResult<LoginPage> Page(string? problem, string? next, int status) =>
        new(
            new Dictionary<string, object?>
            {
                [nameof(LoginPage.Problem)] = problem,
                [nameof(LoginPage.Next)] = Own(next),
            })
        { StatusCode = status };

    private static RazorComponentResult<LoginPage> TooMany(HttpContext context, string? next)
    {
        Refusal.AskToWait(context);
        return Page(Refusal.TooMany, next, StatusCodes.Status429TooManyRequests);
    }

    /// <summary>Returns the return URL if it is local to this studio; null otherwise, to prevent open redirects.</summary>
    private static string? Own(string? next) =>
        next is { Length: > 1 and <= LongestNext } && next[0] == '/' && next[1] is not ('/' or '\\') && !next.Any(char.IsControl)
            && !next.StartsWith(Login, StringComparison.OrdinalIgnoreCase)
            ? next
            : null;
}
