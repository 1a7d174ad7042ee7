using System.Collections.Immutable;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Settings;

/// <summary>A column of <c>evaluations.csv</c>. Curves are read from numeric columns, see <see cref="EvaluationMetric"/>.</summary>
public sealed class EvaluationColumn
{
    private EvaluationColumn(string name, Func<EvaluationCompleted, object?> export, Func<EvaluationCompleted, double?>? read = null)
    {
        (Name, Export, Read) = (name, export, read ?? (_ => null));
    }

    public static EvaluationColumn Step { get; } = new("step", look => look.Step);

    public static EvaluationColumn Time { get; } = new("time", look => look.Time);

    public static EvaluationColumn Split { get; } = new("split", look => look.Split);

    public static EvaluationColumn Weights { get; } = new("weights", look => look.Weights);

    public static EvaluationColumn Accuracy { get; } = OfFigure("accuracy", look => look.Accuracy);

    public static EvaluationColumn Correct { get; } = new("correct", look => look.Correct);

    public static EvaluationColumn Rows { get; } = new("rows", look => look.Rows);

    public static EvaluationColumn LabelLoss { get; } = OfFigure("label_loss", look => look.LabelLoss);

    public static EvaluationColumn RationaleLoss { get; } = OfFigure("rationale_loss", look => look.RationaleLoss);

    public static EvaluationColumn Loss { get; } = OfFigure("loss", look => look.Loss);

    public static EvaluationColumn Seconds { get; } = OfFigure("seconds", look => look.Seconds);

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

    private static EvaluationColumn OfFigure(string name, Func<EvaluationCompleted, double?> read) => new(name, look => read(look), read);
}
