using System.Collections.Immutable;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Metrics;

/// <summary>A column of <c>evaluations.csv</c>. Curves are read from numeric columns, see <see cref="EvaluationMetric"/>.</summary>
public sealed class EvaluationColumn
{
    private EvaluationColumn(string name, Func<EvaluationCompleted, object?> export, Func<EvaluationCompleted, double?>? read = null)
    {
        (Name, Export, Read) = (name, export, read ?? (_ => null));
    }

    public static EvaluationColumn Step { get; } = new("step", evaluation => evaluation.Step);

    public static EvaluationColumn Time { get; } = new("time", evaluation => evaluation.Time);

    public static EvaluationColumn Split { get; } = new("split", evaluation => evaluation.Split);

    public static EvaluationColumn Weights { get; } = new("weights", evaluation => evaluation.Weights);

    public static EvaluationColumn Accuracy { get; } = OfFigure("accuracy", evaluation => evaluation.Known(evaluation.Accuracy));

    public static EvaluationColumn Correct { get; } = new("correct", evaluation => evaluation.Correct);

    public static EvaluationColumn Rows { get; } = new("rows", evaluation => evaluation.Rows);

    public static EvaluationColumn LabelLoss { get; } = OfFigure("label_loss", evaluation => evaluation.Known(evaluation.LabelLoss));

    public static EvaluationColumn RationaleLoss { get; } = OfFigure("rationale_loss", evaluation => evaluation.RationaleLoss);

    public static EvaluationColumn Loss { get; } = OfFigure("loss", evaluation => evaluation.Known(evaluation.Loss));

    public static EvaluationColumn Seconds { get; } = OfFigure("seconds", evaluation => evaluation.Known(evaluation.Seconds));

    /// <summary>All columns in file order.</summary>
    public static ImmutableArray<EvaluationColumn> All { get; } =
        [Step, Time, Split, Weights, Accuracy, Correct, Rows, LabelLoss, RationaleLoss, Loss, Seconds];

    /// <summary>Column header in <c>evaluations.csv</c>.</summary>
    public string Name { get; }

    /// <summary>Returns the exported value; null for an empty field.</summary>
    public Func<EvaluationCompleted, object?> Export { get; }

    /// <summary>Returns the numeric value; null if the evaluation has none.</summary>
    public Func<EvaluationCompleted, double?> Read { get; }

    public override string ToString() => Name;

    private static EvaluationColumn OfFigure(string name, Func<EvaluationCompleted, double?> read) =>
        new(name, evaluation => read(evaluation), read);
}
