namespace DistillStudio.Engine.Text;

/// <summary>What the JSON files beside a vocabulary say.</summary>
/// <param name="ExtraIds">Number of sentinels; null where no file says.</param>
/// <param name="IsLegacy">The text behind an added token starts a word of its own, whether a space stands there or not.</param>
/// <param name="AddsPrefixSpace">The text's first word looks like any other.</param>
/// <param name="CleansUpSpaces">No space before punctuation in decoded text.</param>
/// <param name="PrefersJson">The files belong to the class of transformers that reads <c>tokenizer.json</c> alone.</param>
/// <param name="Numbered">Added tokens with their ids.</param>
/// <param name="Named">Special tokens whose ids follow from the vocabulary, in transformers' order.</param>
/// <param name="Path">Of <c>tokenizer_config.json</c>, for messages.</param>
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

    /// <summary>The vocabulary comes from <c>tokenizer.json</c>.</summary>
    public bool IsJson { get; init; }

    /// <summary>Sentinels that some file names.</summary>
    public int NamedExtraIds => Numbered.Select(token => token.Token).Concat(Named).Select(token => token.Content).Where(AddedToken.IsExtraId).Distinct().Count();
}
