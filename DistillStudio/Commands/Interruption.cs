using System.Globalization;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Commands;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP (a terminal that closes) ask a command to stop cleanly; a second Ctrl+C or SIGTERM ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int HangupBit = 0;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals;
    private volatile bool _isAsked;

    public Interruption()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];
        if (!IsHangupIgnored())
        {
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, HangUp));
        }
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _source.Dispose();
    }

    private void Ask(PosixSignalContext context)
    {
        context.Cancel = !_isAsked;
        _isAsked = true;
        _source.Cancel();
    }

    /// <summary>Shell and system may both send it where a terminal closes, and some send it after SIGTERM: it never ends the process at once.</summary>
    private void HangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }

    /// <summary>Started by <c>nohup</c> or a shell that does the same: the command is to outlive its terminal.</summary>
    private static bool IsHangupIgnored()
    {
        const string Field = "SigIgn:";
        return SystemFiles.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
            && ulong.TryParse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong ignored)
            && (ignored >> HangupBit & 1) != 0;
    }
}
