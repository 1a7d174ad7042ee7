using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Components.Presentation;

/// <summary>
/// What distinguishes a curve from others: its colour, and where colours are close for some eyes or in print, its dashes and its marks.
/// </summary>
/// <param name="Color">Slot in <see cref="SeriesPalette"/>.</param>
/// <param name="Dash">Index of the dash pattern; 0 is a solid line.</param>
/// <param name="Mark">Index of the mark's shape.</param>
public readonly record struct SeriesLook(int Color, int Dash = 0, int Mark = 0)
{
    /// <summary>Number of curves of one method that dashes can distinguish.</summary>
    public const int MostOfAMethod = 4;

    /// <summary>Lengths of dashes and gaps in pixels; empty for a solid line.</summary>
    private static readonly string[] Dashes = ["", "8 4", "2 3", "10 3 2 3"];

    /// <summary>Dash pattern of each slot: colours that share one differ for any colour vision.</summary>
    private static readonly int[] DashOfSlot = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2];

    /// <summary>Outlines of the marks around the origin, as SVG paths of about eleven pixels.</summary>
    private static readonly string[] Marks =
    [
        "M5,0A5,5 0 1 1 -5,0A5,5 0 1 1 5,0Z", // circle
        "M-4.4,-4.4H4.4V4.4H-4.4Z", // square
        "M0,-6L6,0L0,6L-6,0Z", // diamond
        "M0,-5.5L5.5,4H-5.5Z", // triangle up
        "M-2,-5.5H2V-2H5.5V2H2V5.5H-2V2H-5.5V-2H-2Z", // cross
        "M0,5.5L5.5,-4H-5.5Z", // triangle down
        "M-5,-2.5L-2.5,-5L0,-2.5L2.5,-5L5,-2.5L2.5,0L5,2.5L2.5,5L0,2.5L-2.5,5L-5,2.5L-2.5,0Z", // x
        "M0,-5.5L5.2,-1.7L3.2,4.5H-3.2L-5.2,-1.7Z", // pentagon
        "M-5.5,0L4,-5.5V5.5Z", // triangle left
        "M0,-5.5L4.8,-2.75V2.75L0,5.5L-4.8,2.75V-2.75Z", // hexagon
        "M5.5,0L-4,-5.5V5.5Z", // triangle right
        "M-5,-5H5L-5,5H5Z", // hourglass
    ];

    /// <summary>Dash pattern as SVG writes it; empty for a solid line.</summary>
    public string DashArray => Dashes[Dash % Dashes.Length];

    /// <summary>Outline of the mark, as an SVG path around the origin.</summary>
    public string MarkPath => Marks[Mark % Marks.Length];

    /// <summary>Returns the look of a slot of the palette; all are distinct.</summary>
    public static SeriesLook Of(int slot)
    {
        int wrapped = SeriesPalette.Wrap(slot);
        return new(wrapped, DashOfSlot[wrapped], wrapped);
    }

    /// <summary>
    /// Returns the looks of curves by method: each method has its own colour, and curves of the same method differ in dashes and marks.
    /// If a method has more curves than there are dashes, only its first has its colour, and the others take free ones.
    /// </summary>
    /// <param name="methods">The method of each curve.</param>
    public static IReadOnlyList<SeriesLook> OfMethods(IReadOnlyList<string> methods)
    {
        if (methods.CountBy(method => method).All(same => same.Value <= MostOfAMethod))
        {
            return [.. methods.Select((method, i) =>
            {
                int nth = methods.Take(i).Count(other => other == method);
                return new SeriesLook(MethodColors.Slot(method), nth, MethodColors.Slot(method) + (nth * 2));
            })];
        }

        var looks = new SeriesLook[methods.Count];
        HashSet<int> own = [.. methods.Concat([MethodNames.Standard, MethodNames.TaskPrefix]).Select(MethodColors.Slot)];
        int[] free = [.. Enumerable.Range(0, SeriesPalette.Count).Where(slot => !own.Contains(slot))];
        int others = 0;
        for (int i = 0; i < looks.Length; i++)
        {
            bool isFirst = !methods.Take(i).Contains(methods[i]);
            looks[i] = Of(isFirst || free.Length == 0 ? MethodColors.Slot(methods[i]) : free[others++ % free.Length]);
        }

        return looks;
    }
}

/// <summary>The colour of each method, the same wherever methods are shown.</summary>
public static class MethodColors
{
    /// <summary>Returns the method's slot in <see cref="SeriesPalette"/>.</summary>
    /// <param name="method">One of <see cref="MethodNames"/>.</param>
    public static int Slot(string method) => Math.Max(0, MethodNames.All.ToList().IndexOf(method));
}
