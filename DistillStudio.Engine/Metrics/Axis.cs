
namespace DistillStudio.Engine.Metrics;

/// <summary>Horizontal axis of a curve; its values increase with the steps.</summary>
public sealed class Axis
{
    private readonly Func<StepPlace, double> _read;

    private Axis(string name, string title, string unit, StepColumn column, Func<StepPlace, double> read)
    {
        (Name, Title, Unit, Column, _read) = (name, title, unit, column, read);
    }

    public static Axis Step { get; } = new("step", "Step", "step", StepColumn.Step, place => place.Step) { IsWhole = true };

    /// <summary>Number of passes over the training examples.</summary>
    public static Axis Epoch { get; } = new("epoch", "Epoch", "epoch", StepColumn.Epoch, place => place.Epoch);

    /// <summary>Number of examples used.</summary>
    public static Axis Examples { get; } = new("examples", "Examples", "examples seen", StepColumn.Examples, place => place.Examples)
    {
        IsWhole = true,
    };

    /// <summary>Duration of the run, without pauses and interruptions.</summary>
    public static Axis Seconds { get; } = new("seconds", "Time", "time", StepColumn.Elapsed, place => place.Seconds) { IsTime = true };

    public static IReadOnlyList<Axis> All { get; } = [Step, Epoch, Examples, Seconds];

    /// <summary>Unique name of the axis in URLs.</summary>
    public string Name { get; }

    /// <summary>Display name of the axis.</summary>
    public string Title { get; }

    /// <summary>The quantity counted.</summary>
    public string Unit { get; }

    /// <summary>Column of the step history that stores the values.</summary>
    public StepColumn Column { get; }

    /// <summary>True if the values are integers.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>True if the values are seconds.</summary>
    public bool IsTime { get; private init; }

    /// <summary>The next axis in cyclic order.</summary>
    public Axis Next => All[(All.Index().First(axis => axis.Item == this).Index + 1) % All.Count];

    /// <summary>Finds an axis by name, case-insensitive; returns null if there is none.</summary>
    public static Axis? Find(string? name) => All.FirstOrDefault(axis => axis.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns the coordinate of a place on this axis.</summary>
    public double At(StepPlace place) => _read(place);

    public override string ToString() => Name;
}

/// <summary>Progress of a run, on every axis.</summary>
public readonly record struct StepPlace(double Step, double Epoch, double Examples, double Seconds);
