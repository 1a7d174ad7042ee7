using DistillStudio.Live;

namespace DistillStudio.Components.Interactivity;

/// <summary>A subscription that is paused while the page is not visible.</summary>
public sealed class PageSubscription : IDisposable
{
    private readonly PagePresence _presence;

    public PageSubscription(ILiveSubscription subscription, PagePresence presence)
    {
        Subscription = subscription;
        _presence = presence;
        subscription.IsHeld = !presence.IsWatched;
        presence.Changed += OnChanged;
    }

    public ILiveSubscription Subscription { get; }

    public void Dispose()
    {
        _presence.Changed -= OnChanged;
        Subscription.Dispose();
    }

    private void OnChanged(bool isWatched) => Subscription.IsHeld = !isWatched;
}
