namespace DistillStudio.Engine.Text;

/// <summary>
/// A token that is matched in the text before it is split into pieces, such as <c>&lt;/s&gt;</c> or <c>&lt;extra_id_0&gt;</c>.
/// </summary>
/// <param name="IsSpecial">Omitted when ids are decoded.</param>
/// <param name="StripsLeft">Also matches the preceding white space (transformers' lstrip).</param>
/// <param name="StripsRight">Also matches the following white space (transformers' rstrip).</param>
/// <param name="IsWholeWord">Matches only between spaces or the text's ends (single_word).</param>
internal sealed record AddedToken(
    string Content, bool IsSpecial, bool StripsLeft = false, bool StripsRight = false, bool IsWholeWord = false)
{
    public const string Pad = "<pad>";
    public const string End = "</s>";
    public const string Unknown = "<unk>";

    private const string ExtraIdStart = "<extra_id_";

    /// <summary>Returns T5's sentinel <paramref name="number"/>.</summary>
    public static string ExtraId(int number) => $"{ExtraIdStart}{number}>";

    public static bool IsExtraId(string content) =>
        content.StartsWith(ExtraIdStart, StringComparison.Ordinal) && content.EndsWith('>')
        && int.TryParse(content.AsSpan(ExtraIdStart.Length, content.Length - ExtraIdStart.Length - 1), out int number)
        && content == ExtraId(number);
}

/// <summary>An <see cref="AddedToken"/> with its id.</summary>
/// <param name="Path">The file that defines it, for messages.</param>
internal sealed record NumberedToken(int Id, AddedToken Token, string Path);
