using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>The first finished rows of a file under a mapping.</summary>
/// <param name="Rows">At most three.</param>
/// <param name="Rejected">Rows among the first that would be left out.</param>
/// <param name="Problem">Why there are no rows; null if there are.</param>
/// <param name="Doubts">What is probably not meant; one sentence each.</param>
public sealed record ImportPreview(
    IReadOnlyList<ImportedRow> Rows, IReadOnlyList<Rejection> Rejected, int Looked, string? Problem, IReadOnlyList<string> Doubts)
{
    private const int Shown = 3;

    public static ImportPreview Of(SourceSample sample, ColumnMapping mapping, bool hasTeacherFiles)
    {
        try
        {
            var mapper = new RowMapper(mapping);
            sample.RequireColumns(mapper.Columns);
            var rows = new List<ImportedRow>();
            var rejected = new List<Rejection>(sample.Rejected);
            var labels = new List<string>();
            foreach (SourceRow row in sample.Rows)
            {
                if (mapper.Map(row, hasTeacherFiles ? null : row, out string reason) is not { } imported)
                {
                    rejected.Add(new(row.File, row.Line, reason));
                }
                else
                {
                    labels.Add(imported.Label);
                    rows.AddRange(rows.Count < Shown ? [imported] : []);
                }
            }

            int looked = sample.Rows.Count + sample.Rejected.Count;
            return new(
                rows, rejected, looked,
                rows.Count > 0 ? null : looked == 0 ? "The file has no rows." : $"No row can be used: {rejected[0].Reason}.",
                [.. new[] { HeaderCheck.Doubt(sample), LabelSpellings.Doubt(mapping.Task, labels) }.OfType<string>()]);
        }
        catch (InputException e)
        {
            return new([], [], 0, e.Message, []);
        }
    }
}
