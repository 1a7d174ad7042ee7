using System.Text;

namespace DistillStudio.Reports.Writing;

/// <summary>Text in HTML and SVG.</summary>
internal static class Markup
{
    /// <summary>Escapes a text for an element's content and for an attribute in double quotes.</summary>
    public static string Escape(string text, bool keepsLines = false) => new StringBuilder(PlainText.Clean(text, keepsLines))
        .Replace("&", "&amp;")
        .Replace("<", "&lt;")
        .Replace(">", "&gt;")
        .Replace("\"", "&quot;")
        .Replace("'", "&#39;")
        .ToString();
}
