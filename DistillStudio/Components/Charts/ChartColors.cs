namespace DistillStudio.Components.Charts;

/// <summary>Colours of a figure's axes and texts.</summary>
internal sealed record ChartColors(string Ink, string SoftInk, string Grid, string Line, string Surface)
{
    public const string FontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

    private static readonly ChartColors Light = new("#16191f", "#505a69", "#e9ecf1", "#c9d0da", "#ffffff");
    private static readonly ChartColors Dark = new("#e8ecf2", "#aeb7c4", "#262d38", "#3b4553", "#161b23");

    public static ChartColors Of(bool isDark) => isDark ? Dark : Light;
}
