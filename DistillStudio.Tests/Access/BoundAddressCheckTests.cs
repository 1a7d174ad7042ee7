using System.Net;
using DistillStudio.Access;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Access;

/// <summary>The server is made to listen by other means than the studio's own addresses.</summary>
public sealed class BoundAddressCheckTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("unix")]
    public async Task Start_ListensBeyondThisMachineWithoutAToken_IsRefused(string address)
    {
        InputException refusal = await Assert.ThrowsAsync<InputException>(() => RunningStudio.StartAsync(Options(address)));

        Assert.Contains("DISTILLSTUDIO_TOKEN", Assert.Single(refusal.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("127.7.7.7", null)]
    [InlineData("::1", null)]
    [InlineData("0.0.0.0", GuardedStudio.Token)]
    public async Task Start_ListensOnThisMachineOrDemandsAToken_Serves(string address, string? token)
    {
        Assert.SkipWhen(address == "::1" && !System.Net.Sockets.Socket.OSSupportsIPv6, "This machine has no IPv6.");

        await using RunningStudio studio = await RunningStudio.StartAsync(Options(address) with { Token = token });

        Assert.NotEmpty(studio.Address);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.7.7.7", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.7.7.7", true)]
    [InlineData("192.168.1.5", false)]
    [InlineData("fe80::1", false)]
    [InlineData(null, false)] // no network address: a socket of the file system
    public async Task Request_WhereverItArrives_IsServedWithoutATokenAtTheLoopbackOnly(string? at, bool isServed)
    {
        bool wasServed = false;
        var guard = new HostGuard(
            _ =>
            {
                wasServed = true;
                return Task.CompletedTask;
            },
            AccessPlan.Of(new StudioOptions { Home = _folder.Home }));
        var context = new DefaultHttpContext
        {
            Connection = { LocalIpAddress = at is null ? null : IPAddress.Parse(at) },
            Request = { Host = new HostString("localhost") },
        };

        await guard.InvokeAsync(context);

        Assert.Equal(
            (isServed, isServed ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden), (wasServed, context.Response.StatusCode));
    }

    private StudioOptions Options(string address)
    {
        StudioOptions options = RunningStudio.Options(_folder.Home);
        return options with
        {
            Services = services =>
            {
                options.Services!(services);
                services.Configure<KestrelServerOptions>(server =>
                {
                    if (address == "unix")
                    {
                        server.ListenUnixSocket(_folder["socket"]);
                    }
                    else
                    {
                        server.Listen(IPAddress.Parse(address), 0);
                    }
                });
            },
        };
    }
}
