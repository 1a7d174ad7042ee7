using DistillStudio.Jobs;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistillStudio;

/// <summary>
/// For whatever watches over the program: <c>/healthz/live</c> answers while it runs, <c>/healthz/ready</c>, and <c>/healthz</c> with it, once it takes work.
/// Both are open without a token and say one word.
/// </summary>
internal static class Health
{
    public static void AddStudioHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<ReadyCheck>("ready");

    public static void MapStudioHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/healthz").AllowAnonymous();
        routes.MapHealthChecks("/healthz/ready").AllowAnonymous();
        routes.MapHealthChecks("/healthz/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
    }

    /// <summary>Healthy while history has been read from the runs' folders and the queue is served.</summary>
    private sealed class ReadyCheck(EventIngester follower, RunWorker worker) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            bool isReady = follower.Ready.IsCompletedSuccessfully && worker.ExecuteTask is { IsCompleted: false };
            return Task.FromResult(isReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        }
    }
}
