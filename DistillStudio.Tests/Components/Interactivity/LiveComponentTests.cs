using Bunit;
using DistillStudio.Components.Interactivity;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using MudBlazor;

namespace DistillStudio.Tests.Components.Interactivity;

/// <summary>What fails behind a page is seen on it.</summary>
public sealed class LiveComponentTests : StudioContext
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Work_ThatFails_ReachesTheErrorBoundary_WhereverItRuns(bool isAwaited)
    {
        IRenderedComponent<ErrorBoundary> boundary = Render<ErrorBoundary>(p => p
            .AddChildContent<Worker>()
            .Add(b => b.ErrorContent, error => $"Seen: {error.Message}"));
        Worker worker = boundary.FindComponent<Worker>().Instance;

        await Task.Run(
            () => worker.WorkAsync(isAwaited, new InvalidOperationException("no such run")), Xunit.TestContext.Current.CancellationToken);

        boundary.WaitForAssertion(() => Assert.Equal("Seen: no such run", boundary.Markup), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Work_WhosePageWasClosed_EndsQuietly()
    {
        IRenderedComponent<ErrorBoundary> boundary = Render<ErrorBoundary>(p => p
            .AddChildContent<Worker>()
            .Add(b => b.ErrorContent, error => $"Seen: {error.Message}"));
        Worker worker = boundary.FindComponent<Worker>().Instance;

        foreach (Exception gone in
            new Exception[]
            {
                new JSDisconnectedException("gone"),
                new ObjectDisposedException("gone"),
                new OperationCanceledException("gone"),
            })
        {
            await worker.WorkAsync(isAwaited: true, gone);
        }

        Assert.Equal("at work", boundary.Markup);
    }

    [Fact]
    public async Task Key_WhoseActionFails_SaysSoOnThePageAndInTheLog()
    {
        var log = new RecordedLog<Shortcuts>();
        ISnackbar snackbar = Services.GetRequiredService<ISnackbar>();
        var shortcuts = new Shortcuts(snackbar, log);
        shortcuts.Add(new Shortcut("p", "Pause", () => throw new IOException("The disk is full.")));

        await shortcuts.OnKey("p");

        Assert.Equal("Unexpected error: The disk is full.", Assert.Single(snackbar.ShownSnackbars).Message);
        Assert.Contains("The disk is full.", Assert.Single(log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_ThatTheBrowserDoesNotTake_IsLogged()
    {
        var log = new RecordedLog<BrowserInterop>();
        JSInterop.SetupModule("./studio.js").SetupVoid("keepAddress", _ => true).SetException(new JSException("history is off"));
        await using var script = new BrowserInterop(JSInterop.JSRuntime, log);
        await script.LoadAsync("./studio.js");

        script.KeepAddress(Navigation, new DistillStudio.Components.Interactivity.PageQuery().Set("q", "x"));

        await Eventually.Holds(() => log.Entries.Count == 1);
        Assert.Contains("history is off", Assert.Single(log.Entries), StringComparison.Ordinal);
    }

    private sealed class Worker : LiveComponent
    {
        public Task WorkAsync(bool isAwaited, Exception failure)
        {
            async Task FailAsync()
            {
                await Task.Yield();
                throw failure;
            }

            if (isAwaited)
            {
                return RunAsync(FailAsync);
            }

            Start(FailAsync);
            return Task.CompletedTask;
        }

        protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, "at work");
    }
}
