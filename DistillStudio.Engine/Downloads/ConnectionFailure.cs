using System.Net;
using System.Security.Authentication;

namespace DistillStudio.Engine.Downloads;

/// <summary>Says why a server could not be reached.</summary>
public static class ConnectionFailure
{
    /// <summary>True if another attempt would fail in the same way: a proxy demands a sign-in, or an https address has no certificate
    /// that this machine trusts.</summary>
    public static bool IsLasting(Exception e) =>
        IsProxySignIn(e) || e is HttpRequestException { InnerException: AuthenticationException };

    /// <summary>Returns the reason as part of a sentence; names the proxy if one is in between.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="address">The requested address.</param>
    public static string Describe(Exception e, Uri address)
    {
        string? proxy = ProxyOf(address);
        return IsProxySignIn(e) ? ProxySignIn(address)
            : e is HttpRequestException { InnerException: AuthenticationException untrusted } ? Untrusted(untrusted)
            : e is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: { } status }
                ? $"the proxy {proxy} answers {(int)status}"
            : e is HttpIOException or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
                ? "the connection broke off"
            : Words(e) + (proxy is null || e is not HttpRequestException ? "" : $", through the proxy {proxy}");
    }

    /// <summary>Returns what to do about a proxy that demands a sign-in.</summary>
    internal static string ProxySignIn(Uri address) =>
        $"the proxy {ProxyOf(address)} demands a sign-in; put its name and password into the variable that names it, as "
            + $"http://NAME:PASSWORD@HOST:PORT";

    private static bool IsProxySignIn(Exception e) =>
        e is HttpRequestException { StatusCode: HttpStatusCode.ProxyAuthenticationRequired };

    /// <summary>Names a refused certificate with .NET's reason, such as <c>UntrustedRoot</c>; anything else is no TLS at all.</summary>
    private static string Untrusted(AuthenticationException e) =>
        e.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
            ? $"{Words(e)}; add its issuer's certificate to those that this machine trusts, or name the host that it was issued for"
            : "no https is spoken there; write http:// if that is what it speaks";

    private static string Words(Exception e) => e.GetBaseException().Message.Split('\n')[0].TrimEnd('.', '\r');

    /// <summary>Returns the proxy for an address, without name and password; null if there is none.</summary>
    private static string? ProxyOf(Uri address) =>
        HttpClient.DefaultProxy.GetProxy(address) is { } proxy && proxy != address
            ? proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
            : null;
}
