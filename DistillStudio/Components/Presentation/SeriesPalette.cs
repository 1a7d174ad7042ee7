namespace DistillStudio.Components.Presentation;

/// <summary>
/// Colours of curves, distinguishable with any colour vision: the hues of Okabe and Ito (2008), darkened on light and lightened on dark
/// backgrounds to a contrast of at least 3:1.
/// </summary>
public static class SeriesPalette
{
    private static readonly string[] Light = ["#0072b2", "#c85200", "#00805c", "#b04d8a", "#9a6a00", "#2a87bd", "#6b4fa3", "#5c6470"];
    private static readonly string[] Dark = ["#56b4e9", "#ff9350", "#34c99d", "#e796c2", "#f0c14a", "#8fd0ff", "#c0a7ff", "#b9c2ce"];

    public static int Count => Light.Length;

    public static string Of(int slot, bool isDark) => (isDark ? Dark : Light)[Wrap(slot)];

    /// <summary>Returns a CSS value that depends on the browser's colour scheme.</summary>
    public static string Css(int slot) => $"light-dark({Light[Wrap(slot)]}, {Dark[Wrap(slot)]})";

    private static int Wrap(int slot) => (int)((uint)slot % (uint)Light.Length);
}
