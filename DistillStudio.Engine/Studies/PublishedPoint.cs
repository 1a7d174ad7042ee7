using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>A test accuracy that others have published, to be drawn beside a study's own. None was measured with this program.</summary>
/// <param name="Method">Method of the runs; one of <see cref="MethodNames"/>.</param>
/// <param name="Teacher">Whose rationales, or labels, were learned; null for standard training on true labels.</param>
/// <param name="Fraction">Fraction of the training examples, in (0, 1].</param>
/// <param name="Accuracy">In [0, 1].</param>
/// <param name="Source">Who published it, and what was trained.</param>
public sealed record PublishedPoint(
    string Dataset, string Method, LabelSource LabelSource, string? Teacher, double Fraction, double Accuracy, string Source)
{
    private const string Paper = "Hsieh et al. 2023 (arXiv 2305.02301), T5-Base";
    private const string Tracker = "lukasvoege's experiment tracker, T5-Base, mean of 3 to 5 runs";

    private static readonly double[] Fractions = [0.125, 0.25, 0.5, 1];

    private static readonly string[] Datasets = ["esnli", "anli1", "cqa", "svamp"];

    /// <summary>All points. Percentages are those of the sources.</summary>
    public static IReadOnlyList<PublishedPoint> All { get; } =
    [
        .. OfPaper(MethodNames.Standard, null, 88.38, 43.58, 62.19, 62.63),
        .. OfPaper(MethodNames.TaskPrefix, DatasetLayout.Gpt, 89.12, 48.15, 63.25, 63.00),
        .. OfPaper(MethodNames.TaskPrefix, DatasetLayout.Palm, 89.51, 49.58, 63.29, 65.50),
        .. OfPaper(MethodNames.SingleTask, DatasetLayout.Palm, 88.88, 43.50, 61.37, 63.00),
        .. OfTracker("cqa", MethodNames.Standard, LabelSource.Gt, null, 49.9, 55.2, 59.4, 62.0),
        .. OfTracker("cqa", MethodNames.TaskPrefix, LabelSource.Gt, DatasetLayout.Palm, 51.6, 57.0, 60.3, 62.8),
        .. OfTracker("cqa", MethodNames.Standard, LabelSource.Llm, DatasetLayout.Palm, 48.1, 52.9, 55.6, 58.4),
        .. OfTracker("cqa", MethodNames.TaskPrefix, LabelSource.Llm, DatasetLayout.Palm, 50.1, 53.0, 58.1, 60.1),
        .. OfTracker("anli1", MethodNames.Standard, LabelSource.Gt, null, 37.4, 40.4, 38.1, 40.0),
        .. OfTracker("anli1", MethodNames.TaskPrefix, LabelSource.Gt, DatasetLayout.Palm, 44.1, 46.7, 46.6, 47.0),
    ];

    /// <summary>Returns the points that belong to a run with these settings, whatever its fraction and its model.</summary>
    public static IEnumerable<PublishedPoint> Of(RunSpec spec) => All.Where(point =>
        point.Dataset == spec.Dataset
        && point.Method == spec.Method
        && point.LabelSource == spec.LabelSource
        && point.Teacher == (spec.NeedsTeacher ? spec.Teacher : null));

    private static IEnumerable<PublishedPoint> OfPaper(string method, string? teacher, params double[] percent) =>
        Datasets.Zip(percent, (dataset, value) => new PublishedPoint(dataset, method, LabelSource.Gt, teacher, 1, value / 100, Paper));

    private static IEnumerable<PublishedPoint> OfTracker(
        string dataset, string method, LabelSource labels, string? teacher, params double[] percent) =>
        Fractions.Zip(percent, (fraction, value) => new PublishedPoint(dataset, method, labels, teacher, fraction, value / 100, Tracker));
}
