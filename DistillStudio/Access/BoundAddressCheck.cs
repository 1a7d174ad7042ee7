using DistillStudio.Engine.Runtime;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DistillStudio.Access;

/// <summary>
/// Aborts startup if the server listens on a non-loopback address without a token, regardless of how the address was configured.
/// Before and after this check, <see cref="HostGuard"/> rejects requests at such an address.
/// </summary>
internal sealed class BoundAddressCheck(IServer server, AccessPlan plan) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="InputException">The server listens on a non-loopback address and no token is set.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (plan.Token is null
            && server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(
                address => !BoundAddress.IsLoopback(address)) is { } open)
        {
            throw new InputException(
                $"The server listens on {open}, which other machines can reach, but no token is set; set {AccessToken.Variable}, "
                    + $"or give the address with --urls to have a token generated.");
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
