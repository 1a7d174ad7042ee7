using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.Extensions.FileProviders;

namespace DistillStudio.Components.Pages.Help;

/// <summary>The manual, read from the web root and rendered once, on first use.</summary>
/// <param name="webRoot">Contains the folder <see cref="Folder"/>.</param>
public sealed class UserManual(IFileProvider webRoot)
{
    /// <summary>Folder in the web root that contains the manual's files.</summary>
    public const string Folder = "docs";

    private readonly Lazy<IReadOnlyList<Chapter>> _chapters = new(() => Read(webRoot));

    /// <summary>The contents page, then the chapters in the order in which it links to them.</summary>
    public IReadOnlyList<Chapter> Chapters => _chapters.Value;

    /// <summary>Returns null if there is no such chapter.</summary>
    /// <param name="name">See <see cref="Chapter.Name"/>.</param>
    public Chapter? Find(string name) => Chapters.FirstOrDefault(c => c.Name == name);

    private static List<Chapter> Read(IFileProvider webRoot)
    {
        if (ReadFile(webRoot, ManualLinks.ContentsFile) is not { } contents)
        {
            return [];
        }

        IEnumerable<string> files = ChapterReader.Parse(contents).Descendants<LinkInline>()
            .Select(link => (link.Url ?? "").Split('#')[0])
            .Where(url => !ManualLinks.IsExternal(url) && url.EndsWith(".md", StringComparison.Ordinal))
            .Distinct();
        var chapters = new List<Chapter> { ChapterReader.Read("", contents) };
        foreach (string file in files)
        {
            if (ReadFile(webRoot, file) is { } markdown)
            {
                chapters.Add(ChapterReader.Read(ManualLinks.NameOf(file), markdown));
            }
        }

        return chapters;
    }

    private static string? ReadFile(IFileProvider webRoot, string name)
    {
        IFileInfo file = webRoot.GetFileInfo($"{Folder}/{name}");
        if (!file.Exists)
        {
            return null;
        }

        using var reader = new StreamReader(file.CreateReadStream());
        return reader.ReadToEnd();
    }
}
