using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace DistillStudio.Components.Interactivity;

/// <summary>
/// A component with work outside its own event handlers: events from a feed, a changed URL, facts read in the background. Exceptions of
/// such work are shown by the page's error boundary, as if thrown by an event handler.
/// </summary>
public abstract class LiveComponent : ComponentBase
{
    /// <summary>Runs work on the component's dispatcher. Failures are shown, not thrown.</summary>
    protected async Task RunAsync(Func<Task> work)
    {
        try
        {
            await InvokeAsync(work);
        }
        catch (Exception e) when (e is ObjectDisposedException or JSDisconnectedException or OperationCanceledException)
        {
            // The page was closed in the meantime.
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

    /// <summary>Starts <see cref="RunAsync(Func{Task})"/> without waiting for its completion.</summary>
    protected void Start(Func<Task> work) => _ = RunAsync(work);

    /// <inheritdoc cref="Start(Func{Task})"/>
    protected void Start(Action work) => _ = RunAsync(work);
}
