using DistillStudio.Components.Presentation;

namespace DistillStudio.Components.Charts;

/// <summary>The legend of a figure of runs: a single run's curves are named by their kind, those of several runs by the run.</summary>
public static class FigureLegend
{
    /// <summary>Group of a single run's training curves.</summary>
    public const string Training = "training";

    /// <summary>Group of a single run's validation curves.</summary>
    public const string Validation = "validation";

    private const int Dashed = 1;

    public static IReadOnlyList<LegendEntry> Of(IReadOnlyList<FigureRun> runs, IReadOnlyList<ChartSeries> series)
    {
        if (runs.Count > 1)
        {
            return [.. runs.Select(run => new LegendEntry(run.Run.Id, run.Name, SeriesLook.Of(run.Color)) { HasMarks = true })];
        }

        return
        [
            .. from kind in new[] { Training, Validation }
               where series.Any(curve => curve.Group == kind)
               select new LegendEntry(kind, kind, LookOf(runs[0], kind == Validation)) { HasMarks = kind == Validation },
        ];
    }

    /// <summary>Returns the look of a single run's curve, which must differ only from the run's other curve in the panel.</summary>
    public static SeriesLook LookOf(FigureRun run, bool isDashed) => new(SeriesPalette.Wrap(run.Color), isDashed ? Dashed : 0);
}
