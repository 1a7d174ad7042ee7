using System.Net;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DistillStudio.Access;

/// <summary>
/// Ends the start where the server listens beyond this machine though no token is demanded, whatever made it listen there. Until it has looked,
/// and after it, <see cref="HostGuard"/> turns away what arrives at such an address.
/// </summary>
internal sealed class BoundAddressCheck(IServer server, AccessPlan plan) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="InputException">It does.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (plan.Token is null && server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(address => !IsLoopback(address)) is { } open)
        {
            throw new InputException(
                $"The server listens at {open}, which more than this machine reaches, and no token is set; set {AccessToken.Variable}, or name the address with --urls to have a token made.");
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>False for sockets and pipes too: who reaches those is for the file system to say.</summary>
    private static bool IsLoopback(string bound)
    {
        var address = BindingAddress.Parse(bound);
        return address is { IsUnixPipe: false, IsNamedPipe: false }
            && (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? literal) && Loopback.Is(literal)));
    }
}
