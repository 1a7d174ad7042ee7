namespace DistillStudio.Components.Pages.Help;

/// <summary>One chapter of the manual, ready to be shown and searched.</summary>
/// <param name="Name">Its file name without <c>.md</c>, as addresses have it; empty for the contents page.</param>
public sealed record Chapter(string Name, string Title, IReadOnlyList<ChapterPart> Parts, IReadOnlyList<Section> Sections)
{
    public string Address => AddressOf(Name);

    /// <summary>Relative to the studio's base address.</summary>
    public static string AddressOf(string name, string anchor = "") =>
        (name.Length == 0 ? "help" : $"help/{name}") + (anchor.Length == 0 ? "" : $"#{anchor}");
}

/// <summary>A stretch of a chapter: HTML made from Markdown without raw HTML, or a block of code.</summary>
public abstract record ChapterPart;

public sealed record HtmlPart(string Html) : ChapterPart;

/// <param name="Language">As written after the opening fence; empty where nothing is.</param>
public sealed record CodePart(string Code, string Language) : ChapterPart;

/// <summary>A heading and the text below it, up to the next heading.</summary>
/// <param name="Anchor">Id of the heading; empty for the chapter's own title.</param>
/// <param name="Level">1 for the chapter's title, 2 and up below it.</param>
/// <param name="Text">Words alone, without markup.</param>
public sealed record Section(string ChapterName, string ChapterTitle, string Heading, string Anchor, int Level, string Text)
{
    public string Address => Chapter.AddressOf(ChapterName, Anchor);
}
