namespace DistillStudio.Components.Pages.Help;

/// <summary>One chapter of the manual, prepared for display and search.</summary>
/// <param name="Name">File name without <c>.md</c>, as used in URLs; empty for the contents page.</param>
public sealed record Chapter(string Name, string Title, IReadOnlyList<ChapterPart> Parts, IReadOnlyList<Section> Sections)
{
    public string Address => AddressOf(Name);

    /// <summary>Returns an address relative to the studio's base address.</summary>
    public static string AddressOf(string name, string anchor = "") =>
        (name.Length == 0 ? "help" : $"help/{name}") + (anchor.Length == 0 ? "" : $"#{anchor}");
}

/// <summary>A part of a chapter: HTML rendered from Markdown without raw HTML, or a code block.</summary>
public abstract record ChapterPart;

public sealed record HtmlPart(string Html) : ChapterPart;

/// <param name="Language">Language as written after the opening fence; empty if there is none.</param>
public sealed record CodePart(string Code, string Language) : ChapterPart;

/// <summary>A heading and the text below it, up to the next heading.</summary>
/// <param name="Anchor">Id of the heading; empty for the chapter's own title.</param>
/// <param name="Level">1 for the chapter's title, 2 and up below it.</param>
/// <param name="Text">Plain text without markup.</param>
public sealed record Section(string ChapterName, string ChapterTitle, string Heading, string Anchor, int Level, string Text)
{
    public string Address => Chapter.AddressOf(ChapterName, Anchor);
}
