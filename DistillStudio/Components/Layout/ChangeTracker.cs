namespace DistillStudio.Components.Layout;

/// <summary>
/// Whether what a component shows is another than the last time. A live run hands its page a new summary five times a second, of which most parts show nothing new:
/// drawing those again for every open page would cost the training next door its processor.
/// </summary>
public sealed class ChangeTracker
{
    private object?[] _last = [];

    /// <summary>True the first time, and whenever one of these is not what it was.</summary>
    public bool Any(params object?[] now)
    {
        bool isSame = now.AsSpan().SequenceEqual(_last, EqualityComparer<object?>.Default);
        _last = now;
        return !isSame;
    }
}
