using System.Collections.Immutable;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Metrics;

/// <summary>
/// A value stored for every step: its position in the database, its column header in <c>metrics.csv</c> and its value in the event. Curves
/// are read from these columns, see <see cref="StepMetric"/>.
/// </summary>
public sealed class StepColumn
{
    private readonly Func<StepCompleted, object?>? _export;

    private StepColumn(int index, string name, Reader read, Func<StepCompleted, object?>? export = null)
    {
        (Index, Name, Read, _export) = (index, name, read, export);
    }

    /// <param name="step">The event.</param>
    /// <param name="elapsed">Duration of the run in seconds, including evaluations.</param>
    /// <returns>The value; null if the step has none.</returns>
    public delegate double? Reader(StepCompleted step, double elapsed);

    public static StepColumn Number { get; } = new(0, "number", (step, _) => step.Number);

    /// <summary>UTC ticks, as the bits of a double.</summary>
    public static StepColumn Time { get; } =
        new(1, "time", (step, _) => BitConverter.Int64BitsToDouble(step.Time.UtcTicks), step => step.Time);

    public static StepColumn Step { get; } = new(2, "step", (step, _) => step.Step);

    public static StepColumn Examples { get; } = new(3, "examples", (step, _) => step.Known(step.Examples));

    public static StepColumn Epoch { get; } = new(4, "epoch", (step, _) => step.Known(step.Epoch));

    /// <summary>Duration of the run in seconds, including evaluations.</summary>
    public static StepColumn Elapsed { get; } = new(5, "elapsed", (_, elapsed) => elapsed);

    public static StepColumn LabelLoss { get; } = new(6, "label_loss", (step, _) => step.Known(step.LabelLoss));

    public static StepColumn RationaleLoss { get; } = new(7, "rationale_loss", (step, _) => step.RationaleLoss);

    public static StepColumn Loss { get; } = new(8, "loss", (step, _) => step.Known(step.Loss));

    public static StepColumn LearningRate { get; } = new(9, "learning_rate", (step, _) => step.Known(step.LearningRate));

    public static StepColumn GradientNorm { get; } = new(10, "gradient_norm", (step, _) => step.Known(step.GradientNorm));

    public static StepColumn Seconds { get; } = new(11, "seconds", (step, _) => step.Known(step.Seconds));

    public static StepColumn Tokens { get; } = new(12, "tokens", (step, _) => step.Known(step.Tokens));

    public static StepColumn MemoryBytes { get; } = new(13, "memory_bytes", (step, _) => step.Known(step.MemoryBytes));

    public static StepColumn CpuCores { get; } = new(14, "cpu_cores", (step, _) => step.CpuCores);

    public static StepColumn GpuUse { get; } = new(15, "gpu_use", (step, _) => step.GpuUse);

    /// <summary>Model FLOPs.</summary>
    public static StepColumn Flops { get; } = new(16, "flops", (step, _) => step.Flops);

    /// <summary>
    /// All columns in the order of <see cref="Index"/>. New columns are appended and may be null, so that older files remain readable.
    /// </summary>
    public static ImmutableArray<StepColumn> All { get; } =
    [
        Number, Time, Step, Examples, Epoch, Elapsed,
        LabelLoss, RationaleLoss, Loss, LearningRate, GradientNorm, Seconds, Tokens, MemoryBytes, CpuCores, GpuUse, Flops,
    ];

    /// <summary>The columns of <c>metrics.csv</c>, in order.</summary>
    public static ImmutableArray<StepColumn> Downloaded { get; } =
        [Step, Epoch, Examples, Time, .. All.Where(column => column.Index > Elapsed.Index)];

    /// <summary>Position in a stored chunk. Must never change once released.</summary>
    public int Index { get; }

    /// <summary>Column header in <c>metrics.csv</c>.</summary>
    public string Name { get; }

    public Reader Read { get; }

    /// <summary>Reconstructs the step from its column values; the inverse of <see cref="Reader"/>.</summary>
    /// <param name="value">Returns a column's value, or null if the step has none.</param>
    public static StepCompleted ToStep(Func<StepColumn, double?> value)
    {
        return new()
        {
            Number = (long)Required(Number),
            Time = new DateTimeOffset(BitConverter.DoubleToInt64Bits(Required(Time)), TimeSpan.Zero),
            Step = (int)Required(Step),
            Examples = (long)Required(Examples),
            Epoch = Required(Epoch),
            LabelLoss = Required(LabelLoss),
            RationaleLoss = value(RationaleLoss),
            Loss = Required(Loss),
            LearningRate = Required(LearningRate),
            GradientNorm = Required(GradientNorm),
            Seconds = Required(Seconds),
            Tokens = (long)Required(Tokens),
            MemoryBytes = (long)Required(MemoryBytes),
            CpuCores = value(CpuCores),
            GpuUse = value(GpuUse),
            Flops = value(Flops),
            IsPartial = value(Tokens) is null,
        };

        double Required(StepColumn column) => value(column) ?? double.NaN;
    }

    /// <summary>Returns the exported value; null for an empty field.</summary>
    public object? Export(StepCompleted step) => _export is null ? Read(step, 0) : _export(step);

    public override string ToString() => Name;
}
