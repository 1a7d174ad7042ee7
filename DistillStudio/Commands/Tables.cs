using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>Builds console tables in a uniform style.</summary>
internal static class Tables
{
    public static Table Create(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        }

        return table;
    }

    /// <summary>Creates cells of literal text: brackets are not parsed as markup.</summary>
    public static Text[] Cells(params string[] texts) => [.. texts.Select(text => new Text(text))];
}
