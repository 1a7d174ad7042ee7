using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>What a curve is drawn against; each grows with the steps.</summary>
public sealed class Axis
{
    private readonly Func<StepPlace, double> _read;

    private Axis(string name, string title, string unit, StepColumn column, Func<StepPlace, double> read)
    {
        (Name, Title, Unit, Column, _read) = (name, title, unit, column, read);
    }

    public static Axis Step { get; } = new("step", "Step", "step", StepColumn.Step, place => place.Step) { IsWhole = true };

    /// <summary>Passes over the training rows.</summary>
    public static Axis Epoch { get; } = new("epoch", "Epoch", "epoch", StepColumn.Epoch, place => place.Epoch);

    /// <summary>Rows seen.</summary>
    public static Axis Examples { get; } = new("examples", "Rows", "rows seen", StepColumn.Examples, place => place.Examples)
    {
        IsWhole = true,
    };

    /// <summary>Time the run has taken, pauses and interruptions left out.</summary>
    public static Axis Seconds { get; } = new("seconds", "Time", "time", StepColumn.Elapsed, place => place.Seconds) { IsTime = true };

    public static IReadOnlyList<Axis> All { get; } = [Step, Epoch, Examples, Seconds];

    /// <summary>Unique: names the axis in addresses.</summary>
    public string Name { get; }

    /// <summary>Names the axis for people.</summary>
    public string Title { get; }

    /// <summary>What it counts.</summary>
    public string Unit { get; }

    /// <summary>Where history keeps it for each step.</summary>
    public StepColumn Column { get; }

    /// <summary>It counts in whole numbers.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>It counts seconds.</summary>
    public bool IsTime { get; private init; }

    /// <summary>The one after it, and after the last the first.</summary>
    public Axis Next => All[(All.Index().First(axis => axis.Item == this).Index + 1) % All.Count];

    /// <summary>Null where there is none of that name; case does not matter.</summary>
    public static Axis? Find(string? name) => All.FirstOrDefault(axis => axis.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Where on this axis that is.</summary>
    public double At(StepPlace place) => _read(place);

    public override string ToString() => Name;
}

/// <summary>How far a run had come, on every axis.</summary>
public readonly record struct StepPlace(double Step, double Epoch, double Examples, double Seconds);
