using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Finds columns that a mapping leaves out, so that missing content is noticed before the import.</summary>
public static class UnusedColumns
{
    /// <summary>Returns the columns from which no part of a row is taken, in order; empty if the template is invalid.</summary>
    /// <param name="columns">All columns of the rows.</param>
    /// <param name="mapping">What a row is made of.</param>
    /// <param name="splitColumn">The column that names splits; null for none.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> columns, ColumnMapping mapping, string? splitColumn)
    {
        IReadOnlyList<string> template;
        try
        {
            template = new InputTemplate(mapping.Input).Columns;
        }
        catch (InputException)
        {
            return [];
        }

        string[] choices = mapping.Choices is null ? [] : RowMapper.ChoiceColumns(mapping.Choices);
        string[] used =
        [
            .. template, .. choices,
            .. new[] { mapping.Label, mapping.Rationale, mapping.TeacherLabel, mapping.TeacherRationale, mapping.Key, splitColumn }
                .OfType<string>(),
        ];
        string[] objects =
            [.. choices.Where(choice => choice.Contains('.', StringComparison.Ordinal)).Select(choice => choice.Split('.')[0] + ".")];
        return [.. columns.Except(used).Where(column => !objects.Any(start => column.StartsWith(start, StringComparison.Ordinal)))];
    }
}
