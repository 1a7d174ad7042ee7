namespace DistillStudio.Commands.Progress;

/// <summary>One line of progress, overwritten in place on an interactive terminal and omitted elsewhere.</summary>
internal sealed class ProgressLine(Terminal terminal)
{
    private const int MillisecondsApart = 200;

    private readonly Lock _lock = new();
    private long _last = -MillisecondsApart;
    private int _shown;

    /// <param name="text">The line.</param>
    /// <param name="isNews">True for what must be shown; other lines are thinned out.</param>
    public void Show(Func<string> text, bool isNews = false)
    {
        lock (_lock)
        {
            if (!terminal.IsWatched || (!isNews && Environment.TickCount64 - _last < MillisecondsApart))
            {
                return;
            }

            _last = Environment.TickCount64;
            string line = text();
            terminal.Error.Write($"\r{line.PadRight(_shown)}");
            terminal.Error.Flush();
            _shown = line.Length;
        }
    }

    /// <summary>Clears the line, so that other text can follow.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_shown > 0)
            {
                terminal.Error.Write($"\r{new string(' ', _shown)}\r");
                _shown = 0;
            }
        }
    }
}
