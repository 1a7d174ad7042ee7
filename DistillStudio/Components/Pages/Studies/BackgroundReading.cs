namespace DistillStudio.Components.Pages.Studies;

/// <summary>
/// Reads what a page shows, one reading at a time: requests during a reading lead to one further reading. Belongs to a page, whose
/// dispatcher calls it.
/// </summary>
internal sealed class BackgroundReading(Func<Task> readAsync)
{
    private bool _isReading;
    private bool _isRequested;

    public async Task RequestAsync()
    {
        _isRequested = true;
        if (_isReading)
        {
            return;
        }

        _isReading = true;
        try
        {
            while (_isRequested)
            {
                _isRequested = false;
                await readAsync();
            }
        }
        finally
        {
            _isReading = false;
        }
    }
}
