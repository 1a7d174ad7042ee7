namespace DistillStudio.Engine.Text;

/// <summary>A token that is found in the text before the pieces are, such as <c>&lt;/s&gt;</c> or <c>&lt;extra_id_0&gt;</c>.</summary>
/// <param name="IsSpecial">Left out when ids become text.</param>
/// <param name="StripsLeft">Takes the white space before it (transformers' lstrip).</param>
/// <param name="StripsRight">Takes the white space behind it.</param>
/// <param name="IsWholeWord">Only where spaces or the text's ends are around it (single_word).</param>
internal sealed record AddedToken(string Content, bool IsSpecial, bool StripsLeft = false, bool StripsRight = false, bool IsWholeWord = false)
{
    public const string Pad = "<pad>";
    public const string End = "</s>";
    public const string Unknown = "<unk>";

    private const string ExtraIdStart = "<extra_id_";

    /// <summary>T5's sentinel <paramref name="number"/>.</summary>
    public static string ExtraId(int number) => $"{ExtraIdStart}{number}>";

    public static bool IsExtraId(string content) =>
        content.StartsWith(ExtraIdStart, StringComparison.Ordinal) && content.EndsWith('>')
        && int.TryParse(content.AsSpan(ExtraIdStart.Length, content.Length - ExtraIdStart.Length - 1), out int number) && content == ExtraId(number);
}

/// <summary>An <see cref="AddedToken"/> with its id.</summary>
/// <param name="Path">The file that says so, for messages.</param>
internal sealed record NumberedToken(int Id, AddedToken Token, string Path);
