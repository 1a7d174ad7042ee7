namespace DistillStudio.Components.Presentation;

/// <summary>
/// Colours of curves: twelve hues that differ from each other, have a contrast of at least 3:1 on light and dark backgrounds, and of which
/// those with the same dashes (see <see cref="SeriesLook"/>) also differ for eyes without one kind of cone, as simulated by Machado et al.
/// (2009). Found by a search for the largest least distance in OKLab.
/// </summary>
public static class SeriesPalette
{
    private static readonly string[] Light =
    [
        "#0072b2", "#c85200", "#3346c0", "#309d8b", "#6c2768", "#367762",
        "#83451e", "#9b8753", "#9c51cc", "#894d97", "#57450c", "#ca6477",
    ];

    private static readonly string[] Dark =
    [
        "#56b4e9", "#ff9350", "#4b66e2", "#81e7d3", "#955e90", "#54957f",
        "#af5a21", "#e4d098", "#ab87c7", "#b657cc", "#b79420", "#e86882",
    ];

    public static int Count => Light.Length;

    public static string Of(int slot, bool isDark) => (isDark ? Dark : Light)[Wrap(slot)];

    /// <summary>Returns a CSS value that depends on the browser's colour scheme.</summary>
    public static string Css(int slot) => $"light-dark({Light[Wrap(slot)]}, {Dark[Wrap(slot)]})";

    internal static int Wrap(int slot) => (int)((uint)slot % (uint)Light.Length);
}
