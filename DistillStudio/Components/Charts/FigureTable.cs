using System.Globalization;
using System.Text;
using DistillStudio.Components.Presentation;

namespace DistillStudio.Components.Charts;

/// <summary>A figure as a table, for screen readers, text search and spreadsheets.</summary>
/// <param name="Titles">Column titles: the x axis, then the curves.</param>
/// <param name="Rows">Rows in ascending order of x.</param>
public sealed record FigureTable(IReadOnlyList<string> Titles, IReadOnlyList<FigureRow> Rows)
{
    public static FigureTable Of(ChartFigure figure)
    {
        Column[] columns = [
            .. figure.Visible.OrderBy(series => series.Style == SeriesStyle.Faint)
                .SelectMany(series => ColumnsOf(series, figure.Panels[series.Panel])),
        ];
        var rows = new SortedDictionary<double, double?[]>();
        foreach ((int index, Column column) in columns.Index())
        {
            for (int i = 0; i < column.Series.X.Count; i++)
            {
                double x = column.Series.X[i] / figure.XUnit.Divisor;
                if (!rows.TryGetValue(x, out double?[]? values))
                {
                    rows[x] = values = new double?[columns.Length];
                }

                values[index] = column.At(i) * column.Scale;
            }
        }

        return new(
            [figure.XUnit.Title, .. columns.Select(column => column.Title)],
            [.. rows.Select(r => new FigureRow(r.Key, r.Value))]);
    }

    private static IEnumerable<Column> ColumnsOf(ChartSeries series, ChartPanel panel)
    {
        string title = Title(panel.Title, series.Name);
        yield return new(series, title, panel.Scale, i => series.Y[i]);
        if (series.Intervals.Count > 0)
        {
            yield return new(series, $"{title}, low", panel.Scale, i => series.Intervals[i]?.Low);
            yield return new(series, $"{title}, high", panel.Scale, i => series.Intervals[i]?.High);
        }
    }

    public string ToCsv()
    {
        IEnumerable<string> titles = Titles.Select(title => $"\"{title.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        var text = new StringBuilder().AppendJoin(',', titles).Append('\n');
        foreach (FigureRow row in Rows)
        {
            text.Append(row.X.ToString("R", CultureInfo.InvariantCulture));
            foreach (double? value in row.Values)
            {
                text.Append(',').Append(value?.ToString("R", CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private sealed record Column(ChartSeries Series, string Title, double Scale, Func<int, double?> At);

    private static string Title(string panel, string name) => panel == name ? panel : $"{panel}: {name}";
}

/// <param name="Values">One value per curve; null if the curve has no point at this x.</param>
public sealed record FigureRow(double X, IReadOnlyList<double?> Values);
