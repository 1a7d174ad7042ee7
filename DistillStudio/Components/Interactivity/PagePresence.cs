using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.JSInterop;

namespace DistillStudio.Components.Interactivity;

/// <summary>
/// Tracks whether a circuit's page is visible: its connection is up and its tab is shown. Rendering over a lost connection
/// freezes a page permanently, because the pending script call ends with a cancellation.
/// </summary>
public sealed class PagePresence : CircuitHandler
{
    private bool _isConnected = true;
    private bool _isShown = true;

    /// <summary>True if the connection is up, whether or not the tab is shown.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>True if the connection is up and the tab is shown.</summary>
    public bool IsWatched => _isConnected && _isShown;

    /// <summary>
    /// Raised on each change of <see cref="IsWatched"/>. When it becomes true again, earlier output may be lost: redraw completely.
    /// </summary>
    public event Action<bool>? Changed;

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Set(isConnected: true, _isShown);
        return Task.CompletedTask;
    }

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Set(isConnected: false, _isShown);
        return Task.CompletedTask;
    }

    [JSInvokable]
    public void SetVisible(bool isVisible) => Set(_isConnected, isVisible);

    private void Set(bool isConnected, bool isShown)
    {
        bool before = IsWatched;
        (_isConnected, _isShown) = (isConnected, isShown);
        if (IsWatched != before)
        {
            Changed?.Invoke(IsWatched);
        }
    }
}
