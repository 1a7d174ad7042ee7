using System.Net;
using System.Security.Authentication;
using DistillStudio.Engine.Downloads;

namespace DistillStudio.Tests.Engine.Downloads;

[Collection(nameof(ConnectionFailureTests))]
[CollectionDefinition(nameof(ConnectionFailureTests), DisableParallelization = true)]
public sealed class ConnectionFailureTests : IDisposable
{
    private static readonly Uri Address = new("https://hub.example/file");

    private readonly IWebProxy _before = HttpClient.DefaultProxy;

    public void Dispose() => HttpClient.DefaultProxy = _before;

    [Fact]
    public void Describe_ThroughAProxy_NamesItWithoutItsPassword()
    {
        HttpClient.DefaultProxy = new WebProxy(new Uri("http://me:secret@proxy.example:3128"));
        var refused = new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused (proxy.example:3128)");
        var tunnel = new HttpRequestException(HttpRequestError.ProxyTunnelError, "…", null, HttpStatusCode.BadGateway);
        var signIn = new HttpRequestException(
            HttpRequestError.ProxyTunnelError, "…", null, HttpStatusCode.ProxyAuthenticationRequired);

        Assert.Equal(
            "Connection refused (proxy.example:3128), through the proxy http://proxy.example:3128",
            ConnectionFailure.Describe(refused, Address));
        Assert.Equal("the proxy http://proxy.example:3128 answers 502", ConnectionFailure.Describe(tunnel, Address));
        Assert.StartsWith(
            "the proxy http://proxy.example:3128 demands a sign-in;", ConnectionFailure.Describe(signIn, Address),
            StringComparison.Ordinal);
        Assert.Equal([false, false, true], ((Exception[])[refused, tunnel, signIn]).Select(ConnectionFailure.IsLasting));
    }

    [Theory]
    [InlineData("The remote certificate is invalid: UntrustedRoot", "UntrustedRoot; add its issuer")]
    [InlineData("Cannot determine the frame size or a corrupted frame was received.", "no https is spoken there; write http://")]
    public void Describe_HttpsThatCannotBeTrusted_IsLastingAndTellsWhatToDo(string reason, string words)
    {
        var failure = new HttpRequestException(
            HttpRequestError.SecureConnectionError, "The SSL connection could not be established, see inner exception.",
            new AuthenticationException(reason));

        Assert.Contains(words, ConnectionFailure.Describe(failure, Address), StringComparison.Ordinal);
        Assert.True(ConnectionFailure.IsLasting(failure));
    }

    [Fact]
    public void Describe_WithoutAProxy_TellsTheReason()
    {
        HttpClient.DefaultProxy = new WebProxy();

        Assert.Equal(
            "Name or service not known",
            ConnectionFailure.Describe(
                new HttpRequestException("… (hub.example:443)", new IOException("Name or service not known")), Address));
        Assert.Equal(
            "the connection broke off",
            ConnectionFailure.Describe(new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely."), Address));
    }
}
