using System.Globalization;
using System.Runtime.InteropServices;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands;

/// <summary>
/// Cancels a command cleanly on Ctrl+C, SIGTERM or SIGHUP (the terminal closes); a second Ctrl+C or SIGTERM ends the process immediately.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int HangupBit = 0;

    private static readonly bool IsJob = Environment.GetEnvironmentVariable(JobScript.NonceVariable) is { Length: > 0 };

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals;
    private volatile bool _isRequested;

    public Interruption()
    {
        _signals =
            [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
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

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_isRequested || IsJob; // a job hears of its end from its script and from Slurm, and needs the time in between
        _isRequested = true;
        _source.Cancel();
    }

    /// <summary>
    /// Handles SIGHUP, which never ends the process immediately: shell and system may both send it when a terminal closes, and some
    /// send it after SIGTERM.
    /// </summary>
    private void HangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }

    /// <summary>Returns true if the parent process ignores SIGHUP, as <c>nohup</c> does: the command must outlive its terminal.</summary>
    private static bool IsHangupIgnored()
    {
        const string Field = "SigIgn:";
        return SystemFiles.ReadLines("/proc/self/status").FirstOrDefault(
            line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
            && ulong.TryParse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong ignored)
            && (ignored >> HangupBit & 1) != 0;
    }
}
