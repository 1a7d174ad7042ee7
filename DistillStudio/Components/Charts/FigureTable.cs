using System.Globalization;
using System.Text;

namespace DistillStudio.Components.Charts;

/// <summary>A figure as a table, for screen readers, text search and spreadsheets.</summary>
/// <param name="Titles">Column titles: the x axis, then the curves.</param>
/// <param name="Rows">Rows in ascending order of x.</param>
public sealed record FigureTable(IReadOnlyList<string> Titles, IReadOnlyList<FigureRow> Rows)
{
    public static FigureTable Of(ChartFigure figure)
    {
        var rows = new SortedDictionary<double, double?[]>();
        for (int column = 0; column < figure.Series.Count; column++)
        {
            ChartSeries series = figure.Series[column];
            double scale = figure.Panels[series.Panel].Scale;
            for (int i = 0; i < series.X.Count; i++)
            {
                double x = series.X[i] / figure.XUnit.Divisor;
                if (!rows.TryGetValue(x, out double?[]? values))
                {
                    rows[x] = values = new double?[figure.Series.Count];
                }

                values[column] = series.Y[i] * scale;
            }
        }

        return new(
            [figure.XUnit.Title, .. figure.Series.Select(s => Title(figure.Panels[s.Panel].Title, s.Name))],
            [.. rows.Select(r => new FigureRow(r.Key, r.Value))]);
    }

    public string ToCsv()
    {
        var text = new StringBuilder().AppendJoin(',', Titles.Select(t => $"\"{t.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")).Append('\n');
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

    private static string Title(string panel, string name) => panel == name ? panel : $"{panel}: {name}";
}

/// <param name="Values">One value per curve; null if the curve has no point at this x.</param>
public sealed record FigureRow(double X, IReadOnlyList<double?> Values);
