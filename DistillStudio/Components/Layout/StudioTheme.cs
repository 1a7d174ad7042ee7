using MudBlazor;

namespace DistillStudio.Components.Layout;

/// <summary>
/// The studio's theme. Every text colour has a contrast of at least 4.5:1 against its backgrounds, in light and dark mode.
/// </summary>
public static class StudioTheme
{
    private static readonly string[] Fonts =
        ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Ubuntu", "Cantarell", "Helvetica Neue", "Arial", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#3056d3",
            PrimaryContrastText = "#ffffff",
            Secondary = "#7a3fb0",
            Tertiary = "#00736a",
            Info = "#1767a8",
            Success = "#177245",
            Warning = "#8f5400",
            Error = "#c0262d",
            Black = "#16191f",
            Background = "#f5f6f9",
            BackgroundGray = "#eceef3",
            Surface = "#ffffff",
            DrawerBackground = "#fbfbfd",
            DrawerText = "#353c48",
            DrawerIcon = "#566071",
            AppbarBackground = "#ffffff",
            AppbarText = "#16191f",
            TextPrimary = "#16191f",
            TextSecondary = "#505a69",
            TextDisabled = "#6b7584",
            ActionDefault = "#4d5767",
            ActionDisabled = "#8b94a1",
            ActionDisabledBackground = "#e6e9ee",
            LinesDefault = "#dfe3ea",
            LinesInputs = "#8a94a3",
            Divider = "#dfe3ea",
            DividerLight = "#ebeef2",
            TableLines = "#e6e9ef",
            TableHover = "#3056d30d",
            TableStriped = "#00000005",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#93b1ff",
            PrimaryContrastText = "#0c1226",
            Secondary = "#cfa6f5",
            SecondaryContrastText = "#1c0f2b",
            Tertiary = "#5ad1c4",
            TertiaryContrastText = "#05201d",
            Info = "#7fc4f8",
            InfoContrastText = "#06182a",
            Success = "#68d49a",
            SuccessContrastText = "#05200f",
            Warning = "#f2bd65",
            WarningContrastText = "#251800",
            Error = "#ff938e",
            ErrorContrastText = "#2a0505",
            Black = "#0d1015",
            Background = "#0e1117",
            BackgroundGray = "#1b212b",
            Surface = "#161b23",
            DrawerBackground = "#12161d",
            DrawerText = "#ced5df",
            DrawerIcon = "#a5afbd",
            AppbarBackground = "#161b23",
            AppbarText = "#e8ecf2",
            TextPrimary = "#e8ecf2",
            TextSecondary = "#aeb7c4",
            TextDisabled = "#8c96a5",
            ActionDefault = "#b6bfcc",
            ActionDisabled = "#69727f",
            ActionDisabledBackground = "#262d38",
            LinesDefault = "#2a323e",
            LinesInputs = "#727d8d",
            Divider = "#2a323e",
            DividerLight = "#232a34",
            TableLines = "#262d38",
            TableHover = "#93b1ff12",
            TableStriped = "#ffffff05",
            OverlayDark = "#05070acc",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Fonts, FontSize = ".9rem", LineHeight = "1.5", LetterSpacing = "normal" },
            H1 = new H1Typography
            {
                FontFamily = Fonts,
                FontSize = "1.5rem",
                FontWeight = "650",
                LineHeight = "1.25",
                LetterSpacing = "-.012em",
            },
            H2 = new H2Typography
            {
                FontFamily = Fonts,
                FontSize = "1.06rem",
                FontWeight = "650",
                LineHeight = "1.35",
                LetterSpacing = "-.005em",
            },
            H3 = new H3Typography
            {
                FontFamily = Fonts,
                FontSize = ".95rem",
                FontWeight = "600",
                LineHeight = "1.35",
                LetterSpacing = "normal",
            },
            H6 = new H6Typography
            {
                FontFamily = Fonts,
                FontSize = "1.06rem",
                FontWeight = "650",
                LineHeight = "1.4",
                LetterSpacing = "normal",
            },
            Body1 = new Body1Typography { FontFamily = Fonts, FontSize = ".9rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = Fonts, FontSize = ".85rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Button = new ButtonTypography
            {
                FontFamily = Fonts,
                FontSize = ".86rem",
                FontWeight = "550",
                TextTransform = "none",
                LetterSpacing = "normal",
            },
            Caption = new CaptionTypography { FontFamily = Fonts, FontSize = ".78rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Subtitle1 = new Subtitle1Typography { FontFamily = Fonts, FontSize = ".95rem", LetterSpacing = "normal" },
            Subtitle2 = new Subtitle2Typography { FontFamily = Fonts, FontSize = ".88rem", LetterSpacing = "normal" },
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "216px", AppbarHeight = "52px" },
    };
}
