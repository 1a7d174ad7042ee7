using DistillStudio.Access;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using Microsoft.AspNetCore.Http;

namespace DistillStudio.Tests.Access;

public sealed class AccessPlanTests
{
    private const string Token = "a-token-long-enough";

    [Theory]
    [InlineData("http://localhost:5080")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.8.8.8:80")]
    [InlineData("http://[::1]:80")]
    [InlineData("https://localhost:5080")]
    public void Of_LoopbackAddress_DemandsNoToken(string url) => Assert.Null(Plan(url).Token);

    [Theory]
    [InlineData("http://0.0.0.0:5080")]
    [InlineData("http://[::]:5080")]
    [InlineData("http://*:5080")]
    [InlineData("http://+:5080")]
    [InlineData("http://192.168.1.5:5080")]
    [InlineData("http://example.org:5080")]
    [InlineData("http://localhost.example:5080")]
    [InlineData("http://localhost:5080", "http://0.0.0.0:5081")]
    public void Of_AnyOtherAddress_MakesATokenThatCannotBeGuessed(params string[] urls)
    {
        string made = Plan(urls).Token!.Generated!;

        Assert.True(made.Length >= 43, made);
        Assert.NotEqual(made, Plan(urls).Token!.Generated);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("ftp://localhost:80")]
    [InlineData("http://")]
    [InlineData("http://localhost:99999")]
    [InlineData("http://localhost:-1")]
    [InlineData("http://localhost:80/path")]
    [InlineData("http://unix:/tmp/studio.sock")]
    [InlineData("http://a b:80")]
    [InlineData("http://<script>:80")]
    public void Of_NoAddress_IsRefused(string url) => Assert.Throws<InputException>(() => Plan(url));

    [Fact]
    public void Of_TokenGiven_IsDemandedOnLoopbackTooAndNeverShown()
    {
        AccessToken token = Plan(Options("http://localhost:80") with { Token = Token }).Token!;

        Assert.Null(token.Generated);
        Assert.True(token.IsRight(Token));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with blanks in it, though long")]
    [InlineData("mit-Ümläuten-darin")]
    [InlineData("line\nbreak-line-break")]
    public void Of_UnfitToken_IsRefusedWithoutShowingIt(string token)
    {
        InputException refusal = Assert.Throws<InputException>(() => Plan(Options("http://localhost:80") with { Token = token }));

        Assert.DoesNotContain(token, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a-token-long-enougH")]
    [InlineData("a-token-long-enough ")]
    [InlineData("a-token-long-enougha-token-long-enough")]
    public void IsRight_AnotherText_IsNot(string given) => Assert.False(AccessToken.Given(Token).IsRight(given));

    [Theory]
    [InlineData("http://localhost:80", "localhost", true)]
    [InlineData("http://localhost:80", "LOCALHOST:9999", true)]
    [InlineData("http://localhost:80", "[::1]:80", true)]
    [InlineData("http://localhost:80", "localhost.", false)]
    [InlineData("http://localhost:80", "localhost.evil.example", false)]
    [InlineData("http://localhost:80", "192.168.1.5", false)]
    [InlineData("http://localhost:80", "", false)]
    [InlineData("http://localhost:80", "other.example", false)]
    [InlineData("http://localhost:80", "studio.example:8443", true)]
    [InlineData("http://192.168.1.5:80", "192.168.1.5", true)]
    [InlineData("http://192.168.1.5:80", "192.168.1.6", false)]
    [InlineData("http://0.0.0.0:80", "192.168.1.5:80", true)]
    [InlineData("http://0.0.0.0:80", "[2001:db8::1]:80", true)]
    [InlineData("http://0.0.0.0:80", "evil.example", false)]
    [InlineData("http://lab.example:80", "lab.example", true)]
    public void Hosts_Allows_OnlyNamesOfItsOwn(string url, string host, bool isAllowed) =>
        Assert.Equal(isAllowed, Plan(Options(url) with { AllowedHosts = ["studio.example"] }).Hosts.Allows(new HostString(host)));

    [Theory]
    [InlineData("http://studio.example")]
    [InlineData("studio.example:80")]
    [InlineData("*")]
    [InlineData("a/b")]
    public void Of_AllowedHostThatIsNoName_IsRefused(string name) =>
        Assert.Throws<InputException>(() => Plan(Options("http://localhost:80") with { AllowedHosts = [name] }));

    private static StudioOptions Options(params string[] urls) => new() { Home = new StudioHome(Path.GetTempPath()), Urls = urls };

    private static AccessPlan Plan(params string[] urls) => Plan(Options(urls));

    private static AccessPlan Plan(StudioOptions options) => AccessPlan.Of(options);
}
