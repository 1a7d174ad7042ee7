using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace DistillStudio.Access;

/// <summary>Authenticates programs, which send <c>Authorization: Bearer TOKEN</c> with each request.</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, TokenGate gate)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string Name = "Bearer";

    private const string Start = Name + " ";

    private TokenAnswer _answer = TokenAnswer.Wrong;

    public static bool IsMeant(HttpRequest request) => request.Headers.Authorization.Count > 0;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Start, StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(AuthenticateResult.Fail("Another scheme."));
        }

        _answer = gate.Try(Context.Connection.RemoteIpAddress, header[Start.Length..].Trim());
        return Task.FromResult(_answer == TokenAnswer.Right
            ? AuthenticateResult.Success(
                new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, "program")], Name)), Name))
            : AuthenticateResult.Fail("Not the token."));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_answer == TokenAnswer.TooMany)
        {
            return Refusal.TooManyAsync(Context);
        }

        Response.Headers.WWWAuthenticate = Name;
        return Refusal.WriteAsync(
            Context, StatusCodes.Status401Unauthorized,
            "That is not this studio's token; send the right one as Authorization: Bearer TOKEN.");
    }
}
