namespace DistillStudio.Components.Interactivity;

/// <summary>
/// Detects whether the displayed values of a component have changed. A live run updates its page five times a second, and most
/// components then show the same values: rendering them again for every open page would take CPU time from training.
/// </summary>
public sealed class ChangeTracker
{
    private object?[] _last = [];

    /// <summary>Returns true on the first call, and whenever one of the values has changed.</summary>
    public bool Any(params object?[] now)
    {
        bool isSame = now.AsSpan().SequenceEqual(_last, EqualityComparer<object?>.Default);
        _last = now;
        return !isSame;
    }
}
