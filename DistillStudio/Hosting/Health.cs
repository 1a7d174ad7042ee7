using DistillStudio.Jobs;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistillStudio.Hosting;

/// <summary>
/// Health checks for monitoring: <c>/healthz/live</c> succeeds while the process runs; <c>/healthz/ready</c> and <c>/healthz</c>
/// succeed once it accepts work. All are anonymous and return one word.
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

    /// <summary>Returns healthy once history has been read from the run folders and while the run worker is executing.</summary>
    private sealed class ReadyCheck(EventIngester ingester, RunWorker worker) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            bool isReady = ingester.Ready.IsCompletedSuccessfully && worker.ExecuteTask is { IsCompleted: false };
            return Task.FromResult(isReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        }
    }
}
