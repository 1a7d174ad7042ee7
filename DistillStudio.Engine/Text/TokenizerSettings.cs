namespace DistillStudio.Engine.Text;

/// <summary>Settings from the JSON files next to a vocabulary.</summary>
/// <param name="ExtraIds">Number of sentinels; null if no file gives it.</param>
/// <param name="IsLegacy">The text after an added token starts a new word, whether or not a space is there.</param>
/// <param name="AddsPrefixSpace">The text's first word is treated like any other.</param>
/// <param name="CleansUpSpaces">Removes spaces before punctuation in decoded text.</param>
/// <param name="PrefersJson">The files belong to the transformers class that reads only <c>tokenizer.json</c>.</param>
/// <param name="Numbered">Added tokens with their ids.</param>
/// <param name="Named">Special tokens whose ids are derived from the vocabulary, in transformers' order.</param>
/// <param name="Path">Path of <c>tokenizer_config.json</c>, for messages.</param>
internal sealed record TokenizerSettings(
    int? ExtraIds,
    bool IsLegacy,
    bool AddsPrefixSpace,
    bool CleansUpSpaces,
    bool PrefersJson,
    IReadOnlyList<NumberedToken> Numbered,
    IReadOnlyList<AddedToken> Named,
    string Path)
{
    public const int DefaultExtraIds = 100;

    /// <summary>True if the vocabulary comes from <c>tokenizer.json</c>.</summary>
    public bool IsJson { get; init; }

    /// <summary>Number of sentinels that any file names.</summary>
    public int NamedExtraIds =>
        Numbered.Select(token => token.Token).Concat(Named).Select(token => token.Content).Where(AddedToken.IsExtraId).Distinct().Count();
}
