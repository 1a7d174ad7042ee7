namespace DistillStudio.Components.Interactivity;

/// <summary>
/// Runs work of a component that is never to run twice at once. Whoever asks while it runs makes it run once more afterwards, however
/// often they ask. Must be used from the component's dispatcher.
/// </summary>
/// <param name="work">Reads the component's state when it starts.</param>
internal sealed class OneAtATime(Func<Task> work)
{
    private bool _isAsked;

    public bool IsRunning { get; private set; }

    /// <summary>Runs the work, or returns at once if it is running and will run again.</summary>
    public async Task AskAsync()
    {
        _isAsked = true;
        if (IsRunning)
        {
            return;
        }

        IsRunning = true;
        try
        {
            while (_isAsked)
            {
                _isAsked = false;
                await work();
            }
        }
        finally
        {
            IsRunning = false;
        }
    }
}
