using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.JSInterop;

namespace DistillStudio.Components.Layout;

/// <summary>
/// Whether anyone can see what a circuit draws: its connection is up and its tab is shown. Drawing over a lost connection
/// freezes a page for good, because the pending script call ends as a cancellation.
/// </summary>
public sealed class PagePresence : CircuitHandler
{
    private bool _isConnected = true;
    private bool _isShown = true;

    /// <summary>Drawing reaches somebody.</summary>
    public bool IsWatched => _isConnected && _isShown;

    /// <summary>Told on each change of <see cref="IsWatched"/>. Once it is true again, what was drawn before may be lost: redraw whole.</summary>
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
