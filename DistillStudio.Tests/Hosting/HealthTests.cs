using System.Net;
using DistillStudio.Hosting;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistillStudio.Tests.Hosting;

public sealed class HealthTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task Healthz_WithoutAToken_SaysOneWordAndLeavesNothingBehind(string path)
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(
            RunningStudio.Options(_folder.Home) with { Token = GuardedStudio.Token });
        await studio.Services.GetRequiredService<EventIngester>().Ready;
        using var client = new HttpClient();

        using HttpResponseMessage answer = await client.GetAsync(studio.Address + path, Cancel);

        Assert.Equal((HttpStatusCode.OK, "Healthy"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        using HttpResponseMessage below = await client.GetAsync($"{studio.Address}{path}/more", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, below.StatusCode);
    }

    [Fact]
    public async Task Healthz_UnderAnAddressOfThePod_Answers()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(RunningStudio.Options(_folder.Home, address: "http://0.0.0.0:0"));
        var address = new Uri(studio.Address);
        using var client = new HttpClient();
        using var request =
            new HttpRequestMessage(
                HttpMethod.Get, $"http://127.0.0.1:{address.Port}/healthz/live")
            { Headers = { Host = $"10.244.1.17:{address.Port}" } };

        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Ready_BeforeAnythingRuns_IsUnhealthy()
    {
        await using WebApplication app = StudioHost.Build(RunningStudio.Options(_folder.Home));

        HealthReport report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancel);

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
    }
}
