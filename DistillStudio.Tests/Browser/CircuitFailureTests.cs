using System.Reflection;
using DistillStudio.Configuration;
using DistillStudio.History;
using DistillStudio.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>A failure that no page's own boundary can show ends the circuit, and the page says that it has stopped.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class CircuitFailureTests(StudioSession session) : IClassFixture<StudioSession>
{
    [Fact]
    public async Task Frame_ThatFails_SaysThatThePageHasStopped_AndOffersToLoadItAgain()
    {
        using var folder = new TempFolder();
        await using WebApplication app = StudioHost.Build(new StudioOptions
        {
            Home = folder.Home,
            Urls = [StudioOptions.AddressOf(0)],
            Services = services => services.Replace(ServiceDescriptor.Singleton(DispatchProxy.Create<IRunHistory, FailingHistory>())),
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        await using BrowserWindow window = await session.Browser.OpenAsync(StudioHost.AddressOf(app));

        await window.Page.GotoAsync("/launch"); // the list of active runs beside every page is not the page's

        ILocator stopped = window.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "This page has stopped" });
        await Assertions.Expect(stopped).ToBeVisibleAsync();
        await Assertions.Expect(stopped.GetByRole(AriaRole.Link, new() { Name = "Reload" })).ToBeVisibleAsync();
        await app.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Page_ThatWorks_SaysNothingOfIt()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/");
        await Assertions.Expect(window.Page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
    }

    /// <summary>Knows no run, since every question fails.</summary>
    public class FailingHistory : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            throw new InvalidOperationException("The history is gone.");
    }
}
