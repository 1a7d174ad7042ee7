using System.Globalization;
using System.Text;

namespace DistillStudio.Tests.Manual;

/// <summary>Draws the rooms of the projects in rows, so that each room uses only rooms in rows below its own.</summary>
internal static class HousePicture
{
    private const double Left = 40;
    private const double Width = 620;
    private const double Gap = 10;
    private const double RowHeight = 30;
    private const double RowPitch = 38;
    private const double HomeLeft = 732;
    private const double HomeWidth = 148;
    private const int MostInARow = 4;

    private const string Style = """
        <style>
          .ground { fill: #ffffff } .house { fill: #f5f6f9; stroke: #dfe3ea }
          .home { fill: #f5f6f9; stroke: #dfe3ea; stroke-dasharray: 5 4 }
          .room { fill: #ffffff; stroke: #3056d3; stroke-opacity: .55 } .file { fill: #ffffff; stroke: #8a94a3 }
          text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", Arial, sans-serif; fill: #16191f }
          .name { font-size: 14px; font-weight: 600; text-anchor: middle } .sub { font-size: 11.5px; text-anchor: middle; fill: #505a69 }
          .title { font-size: 13px; font-weight: 700; fill: #505a69 }
          .arrow { fill: none; stroke: #505a69; stroke-width: 1.5; marker-end: url(#tip) } #tip path { fill: #505a69 }
          @media (prefers-color-scheme: dark) {
            .ground { fill: #161b23 } .house, .home { fill: #0e1117; stroke: #2a323e } .room { fill: #161b23; stroke: #93b1ff }
            .file { fill: #161b23; stroke: #727d8d } text { fill: #e8ecf2 } .sub, .title { fill: #aeb7c4 } .arrow { stroke: #aeb7c4 }
            #tip path { fill: #aeb7c4 }
          }
        </style>
        <defs>
          <marker id="tip" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z"/></marker>
        </defs>

        """;

    /// <summary>What lies in the home, and the room that reads and writes it.</summary>
    private static readonly (string Name, string Holds, string Room)[] Home =
    [
        ("studio.db", "rebuilt if lost", "History"),
        ("runs/", "spec, events, model", "Runs"),
        ("models/", "Hugging Face folders", "Checkpoints"),
        ("datasets/", "rows, completions", "Data"),
    ];

    /// <summary>Returns an SVG that is legible in light and dark.</summary>
    public static string Draw(IEnumerable<ArchitectureTests.House> houses)
    {
        var middles = new Dictionary<string, double>();
        StringBuilder drawn = DrawCallers(out double top);
        double homeTop = top;
        foreach (ArchitectureTests.House house in houses.Reverse())
        {
            top = DrawHouse(drawn, house, top, middles);
            drawn.Append(Invariant($"<path class=\"arrow\" d=\"M350 {top + 2}V{top + 20}\"/>\n"));
            top += 24;
        }

        drawn.Length = drawn.ToString().LastIndexOf("<path", StringComparison.Ordinal); // nothing stands below the last house
        double bottom = top - 24;
        DrawHome(drawn, homeTop, bottom, middles);
        double height = bottom + 18;
        return Invariant(
                $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 920 {height}\" width=\"920\" height=\"{height}\" role=\"img\" ")
            + "aria-label=\"The rooms of DistillStudio and DistillStudio.Engine, and the files of the home\">\n"
            + Style
            + Invariant($"<rect class=\"ground\" width=\"920\" height=\"{height}\"/>\n")
            + drawn
            + "</svg>\n";
    }

    private static StringBuilder DrawCallers(out double bottom)
    {
        var drawn = new StringBuilder();
        DrawRow(drawn, ["Browser", "Terminal", "Programs"], 20, []);
        foreach (int x in (int[])[140, 350, 560])
        {
            drawn.Append(Invariant($"<path class=\"arrow\" d=\"M{x} 52V74\"/>\n"));
        }

        bottom = 78;
        return drawn;
    }

    private static double DrawHouse(
        StringBuilder drawn, ArchitectureTests.House house, double top, Dictionary<string, double> middles)
    {
        string[][] rows = [.. Rows(house)];
        double height = 36 + (rows.Length * RowPitch) + 6;
        drawn.Append(Invariant($"<rect class=\"house\" x=\"24\" y=\"{top}\" width=\"652\" height=\"{height}\" rx=\"12\"/>"));
        drawn.Append(Invariant($"<text class=\"title\" x=\"40\" y=\"{top + 22}\">{house.Root}</text>\n"));
        double y = top + 36;
        foreach (string[] row in rows)
        {
            DrawRow(drawn, row, y, middles);
            y += RowPitch;
        }

        return top + height;
    }

    /// <summary>Each room stands as high as those above it that use it allow; a level of many rooms takes several rows.</summary>
    private static IEnumerable<string[]> Rows(ArchitectureTests.House house)
    {
        var levels = new Dictionary<string, int>();
        foreach ((string name, string uses) in house.Rooms)
        {
            string room = Drawn(name);
            int level = levels.GetValueOrDefault(room);
            levels[room] = level;
            foreach (string used in uses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Drawn).Where(used => used != room))
            {
                levels[used] = Math.Max(levels.GetValueOrDefault(used), level + 1);
            }
        }

        return levels.GroupBy(room => room.Value, room => room.Key).OrderBy(level => level.Key).SelectMany(level => InRows([.. level]));
    }

    /// <summary>Divides a level evenly among the fewest rows that hold it.</summary>
    private static IEnumerable<string[]> InRows(string[] level)
    {
        int rows = (level.Length + MostInARow - 1) / MostInARow;
        return level.Chunk((level.Length + rows - 1) / rows);
    }

    /// <summary>Pages and what they share are one room of the picture; presentation is another, since reports use it.</summary>
    private static string Drawn(string room) =>
        room.StartsWith("Components", StringComparison.Ordinal) && !room.EndsWith(".Presentation", StringComparison.Ordinal)
            ? "Components"
            : room[(room.LastIndexOf('.') + 1)..];

    private static void DrawRow(StringBuilder drawn, string[] rooms, double y, Dictionary<string, double> middles)
    {
        double width = (Width - (Gap * (rooms.Length - 1))) / rooms.Length;
        for (int i = 0; i < rooms.Length; i++)
        {
            double x = Left + (i * (width + Gap));
            DrawBox(drawn, "room", x, y, width, RowHeight);
            DrawText(drawn, "name", x + (width / 2), y + 20, rooms[i]);
            middles[rooms[i]] = y + (RowHeight / 2);
        }
    }

    private static void DrawHome(StringBuilder drawn, double top, double bottom, Dictionary<string, double> middles)
    {
        drawn.Append(Invariant($"<rect class=\"home\" x=\"716\" y=\"{top}\" width=\"180\" height=\"{bottom - top}\" rx=\"12\"/>"));
        drawn.Append(Invariant($"<text class=\"title\" x=\"732\" y=\"{top + 22}\">The home</text>\n"));
        foreach ((string name, string holds, string room) in Home)
        {
            double middle = middles[room];
            DrawBox(drawn, "file", HomeLeft, middle - 17, HomeWidth, 34);
            DrawText(drawn, "name", HomeLeft + (HomeWidth / 2), middle - 2, name);
            DrawText(drawn, "sub", HomeLeft + (HomeWidth / 2), middle + 12, holds);
            drawn.Append(Invariant($"<path class=\"arrow\" d=\"M{Left + Width + 2} {middle}H{HomeLeft - 4}\"/>\n"));
        }
    }

    private static void DrawBox(StringBuilder drawn, string kind, double x, double y, double width, double height) => drawn.Append(
        Invariant($"<rect class=\"{kind}\" x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" rx=\"8\"/>\n"));

    private static void DrawText(StringBuilder drawn, string kind, double x, double y, string text) =>
        drawn.Append(Invariant($"<text class=\"{kind}\" x=\"{x:0.##}\" y=\"{y:0.##}\">{text}</text>\n"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
