using System.Text;

namespace DistillStudio.Commands;

/// <summary>
/// Wraps a standard stream whose terminal may close while a run continues to its checkpoint: later writes are discarded. Any other
/// failure, such as a full disk behind a redirection, is thrown to the caller.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter
{
    private const int NoTerminal = 5; // EIO: the terminal was closed
    private const int NoDevice = 6; // ENXIO: returned by some systems instead

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
