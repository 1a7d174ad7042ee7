using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>Published points that belong beside a line of a study's figure, from one source.</summary>
/// <param name="Line">Index of the line.</param>
/// <param name="Title">The line's title and the source.</param>
/// <param name="Points">By fraction, ascending.</param>
public sealed record PublishedLine(int Line, string Title, string Source, IReadOnlyList<PublishedPoint> Points)
{
    /// <summary>Returns the points for a figure of accuracy against the fraction of the data; none for another setting.</summary>
    public static IReadOnlyList<PublishedLine> Of(StudyProgress progress, StudySeries series) =>
        series.Setting != SettingsTable.Subsample.JsonName ? [] :
        [
            .. from line in series.Lines.Index()
               from point in PublishedPoint.Of(progress.Grid.Cells[line.Item.Points[0].Cell].Spec)
               orderby point.Fraction
               group point by (line.Index, line.Item.Title, point.Source) into same
               orderby same.Key.Index
               select new PublishedLine(same.Key.Index, $"{same.Key.Title}: {same.Key.Source}", same.Key.Source, [.. same]),
        ];
}
