using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace DistillStudio.Components.Layout;

/// <summary>
/// A component with work that no event of its own waits for: news from a feed, a changed address, facts read in the background. What such work
/// throws is shown by the page's error boundary, as if an event had thrown it.
/// </summary>
public abstract class LiveComponent : ComponentBase
{
    /// <summary>Runs the work among the component's events. Its failure is shown, not thrown.</summary>
    protected async Task RunAsync(Func<Task> work)
    {
        try
        {
            await InvokeAsync(work);
        }
        catch (Exception e) when (e is ObjectDisposedException or JSDisconnectedException or OperationCanceledException)
        {
            // The page was closed meanwhile: there is nobody to tell.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    /// <inheritdoc cref="RunAsync(Func{Task})"/>
    protected Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>As <see cref="RunAsync(Func{Task})"/>, without waiting for the end.</summary>
    protected void Start(Func<Task> work) => _ = RunAsync(work);

    /// <inheritdoc cref="Start(Func{Task})"/>
    protected void Start(Action work) => _ = RunAsync(work);
}
