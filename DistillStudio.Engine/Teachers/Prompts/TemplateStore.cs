using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers.Prompts;

/// <summary>
/// The prompt templates of a home: the built-in ones, and every version that the user saved as
/// <c>teachers/templates/&lt;name&gt;@&lt;version&gt;.json</c>. A saved version is never changed.
/// </summary>
public sealed class TemplateStore(StudioHome home)
{
    private const string Ending = ".json";
    private const int LargestFile = 4 * ByteSize.MB;

    private string Folder => Path.Combine(home.Teachers, "templates");

    /// <summary>Returns the versions of all templates by name, the newest first. Files that cannot be read are left out.</summary>
    public IReadOnlyList<PromptTemplate> List() =>
        [
            .. Saved().Select(TryRead).OfType<PromptTemplate>().Concat(BuiltInTemplates.All).OrderBy(t => t.Name, StringComparer.Ordinal)
                .ThenByDescending(t => t.Version)
        ];

    /// <summary>Finds a template.</summary>
    /// <param name="reference">A name for its newest version, <c>name@version</c>, or the path of a template file.</param>
    /// <param name="kind">If given, the kind may be left out of a name: <c>shorten</c> for <c>choice-shorten</c>.</param>
    /// <exception cref="InputException">There is none, or its file cannot be used.</exception>
    public PromptTemplate Find(string reference, PromptKind? kind = null)
    {
        if (reference.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) || reference.Contains('/', StringComparison.Ordinal))
        {
            return Read(reference);
        }

        string[] parts = reference.Split('@', 2);
        IReadOnlyList<PromptTemplate> all = List();
        return Named(parts[0])
            ?? (kind is { } ofRows ? Named($"{BuiltInTemplates.NameOf(ofRows)}-{parts[0]}") : null)
            ?? (PathOf(reference) is { } path && File.Exists(path) ? Read(path) : null) // reports why the file cannot be read
            ?? throw new InputException($"There is no prompt template \"{SettingLimits.Cut(reference, 80)}\"; "
                + $"use one of {string.Join(", ", all.Select(t => t.Name).Distinct())}, one of their versions (name@2), "
                + $"or a template's .json file.");

        PromptTemplate? Named(string name) => all.FirstOrDefault(t => t.Name == name
            && (parts.Length == 1 || t.Version.ToString(CultureInfo.InvariantCulture) == parts[1]));
    }

    /// <summary>Saves a template as the next version of its name; returns that version. An unchanged template is not saved again.</summary>
    /// <exception cref="InputException">The template cannot be used, or the home cannot be written.</exception>
    public PromptTemplate Save(PromptTemplate template)
    {
        template.Require();
        PromptTemplate? newest = List().FirstOrDefault(t => t.Name == template.Name);
        if (newest is not null && IsSame(newest, template))
        {
            return newest;
        }

        PromptTemplate saved = template with { Version = (newest?.Version ?? 0) + 1 };
        try
        {
            PrivateFiles.MakeFolder(Folder);
            AtomicFile.WriteAllText(PathOf(saved.Id)!, JsonSerializer.Serialize(saved, EngineJson.Spec));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Folder} cannot be written ({e.Message.TrimEnd('.')}); make it writable.", e);
        }

        return saved;
    }

    /// <summary>Returns true if two templates differ at most in their version.</summary>
    public static bool IsSame(PromptTemplate a, PromptTemplate b) => Write(a with { Version = 0 }) == Write(b with { Version = 0 });

    private static string Write(PromptTemplate template) => JsonSerializer.Serialize(template, EngineJson.Spec);

    private string? PathOf(string id) => PromptTemplate.IsName(id.Replace('@', '.')) ? Path.Combine(Folder, id + Ending) : null;

    private IEnumerable<string> Saved() => Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, "*@*" + Ending) : [];

    private static PromptTemplate? TryRead(string path)
    {
        try
        {
            PromptTemplate template = Read(path);
            return $"{template.Id}{Ending}" == Path.GetFileName(path) ? template : null; // a copy under another name
        }
        catch (InputException)
        {
            return null;
        }
    }

    private static PromptTemplate Read(string path)
    {
        try
        {
            return PlainFile.ReadJson<PromptTemplate>(path, LargestFile, EngineJson.Spec).Require();
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}, line {(e.LineNumber ?? 0) + 1}: is not a prompt template; correct it, "
                + $"or save it again on the page Teachers.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a template's file.", e);
        }
    }
}
