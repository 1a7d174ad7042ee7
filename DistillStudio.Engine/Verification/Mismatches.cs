namespace DistillStudio.Engine.Verification;

/// <summary>How a figure depends on the machine that computes it.</summary>
internal enum FigureKind
{
    /// <summary>The same everywhere: counts.</summary>
    Exact,

    /// <summary>A loss: differs elsewhere by rounding, which grows slowly over the steps.</summary>
    Loss,

    /// <summary>Differs elsewhere without a useful bound: a gradient norm, a borderline answer, a digest.</summary>
    Rounded,
}

/// <summary>Figures of a replay that differ from the record.</summary>
/// <param name="firstStep">First step of the replay, whose weights are those of the run to the last bit.</param>
internal sealed class Mismatches(int firstStep)
{
    /// <summary>Relative error of a loss from the same weights in float32, on any machine.</summary>
    private const double FirstStepFloat32 = 1e-3;

    /// <summary>Relative error of a loss from the same weights if either side rounds products to bfloat16.</summary>
    private const double FirstStepBFloat16 = 0.05;

    /// <summary>Relative error of a later loss that rounding cannot explain in a short stretch.</summary>
    private const double Later = 0.1;

    private readonly List<(Finding Finding, FigureKind Kind, double Deviation)> _all = [];

    public bool IsEmpty => _all.Count == 0;

    /// <summary>The largest relative deviation of a loss, with its step; null if all losses are equal.</summary>
    public LossDeviation? Largest => _all.Where(one => one.Kind == FigureKind.Loss).OrderByDescending(one => one.Deviation)
        .Select(one => new LossDeviation(one.Finding.Step!.Value, one.Finding.Field, one.Deviation)).FirstOrDefault();

    /// <summary>Compares two numbers bit for bit.</summary>
    public void Compare(string place, int step, string field, double? recorded, double? found, FigureKind kind)
    {
        if (BitsOf(recorded) != BitsOf(found))
        {
            double deviation = recorded is { } a && found is { } b ? Math.Abs(a - b) / Math.Max(Math.Abs(a), Math.Abs(b)) : double.NaN;
            var finding = new Finding(place, step, field, Finding.Spell(recorded), Finding.Spell(found));
            _all.Add((finding, kind, double.IsNaN(deviation) ? double.PositiveInfinity : deviation));
        }
    }

    private static long? BitsOf(double? value) => value is { } number ? BitConverter.DoubleToInt64Bits(number) : null;

    /// <summary>Compares two texts.</summary>
    public void Compare(string place, int step, string field, string? recorded, string? found, FigureKind kind)
    {
        if (recorded != found)
        {
            _all.Add((new(place, step, field, recorded ?? "nothing", found ?? "nothing"), kind, double.PositiveInfinity));
        }
    }

    /// <summary>Returns the mismatches that the conditions do not explain: all of them if the bits must be the same.</summary>
    /// <param name="environment">Conditions that differ from those of the run.</param>
    /// <param name="isFloat32">True if the run and the replay compute products in float32.</param>
    public IReadOnlyList<Finding> Unexplained(IReadOnlyList<EnvironmentDifference> environment, bool isFloat32) =>
    [
        .. _all.Where(one => environment.Count == 0 || one.Kind switch
        {
            FigureKind.Exact => true,
            FigureKind.Loss => one.Deviation > (one.Finding.Step == firstStep ? isFloat32 ? FirstStepFloat32 : FirstStepBFloat16 : Later),
            _ => false,
        }).Select(one => one.Finding),
    ];
}
