namespace DistillStudio.Engine.Runs;

/// <summary>
/// The hardware and software a run was computed with, and fingerprints of what it was made from; each part affects the results, if only by
/// rounding. Null for parts that an older version did not record.
/// </summary>
public sealed record RunEnvironment(
    string? Device, string? DeviceName, string? Precision, int? Threads, string? Version, string? LibTorch,
    RunFingerprints? Fingerprints = null)
{
    public static RunEnvironment Of(Started started) => new(
        Known(started.Device),
        Known(started.DeviceName),
        Known(started.Precision),
        started.Threads > 0 ? started.Threads : null,
        Known(started.Version),
        Known(started.LibTorch),
        started.Fingerprints);

    private static string? Known(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
