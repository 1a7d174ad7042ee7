using System.Text;

namespace DistillStudio.Commands;

/// <summary>
/// A standard stream whose terminal may close while a run goes on to its checkpoint: what is written after that goes nowhere. Any other failure, such as a
/// full disk behind a redirection, is the caller's to hear.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter
{
    private const int NoTerminal = 5; // EIO: what a terminal that is gone answers
    private const int NoDevice = 6; // ENXIO, as some systems have it

    private volatile bool _isGone;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_isGone)
        {
            return;
        }

        try
        {
            write();
        }
        catch (IOException e) when (e.HResult is NoTerminal or NoDevice)
        {
            _isGone = true;
        }
    }
}
