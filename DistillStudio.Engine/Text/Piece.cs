namespace DistillStudio.Engine.Text;

/// <summary>The type of a piece, with the values of sentencepiece_model.proto.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,

    /// <summary>Has an id but represents no text: <c>&lt;pad&gt;</c>, <c>&lt;/s&gt;</c>.</summary>
    Control = 3,

    /// <summary>Always kept as one piece, anywhere in the text.</summary>
    UserDefined = 4,

    /// <summary>Never chosen when text is split.</summary>
    Unused = 5,

    /// <summary>One byte of a character that has no piece, such as <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>One entry of a unigram vocabulary; its index in the list is its id.</summary>
/// <param name="Score">Log probability.</param>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>How text is normalized before it is split into pieces (sentencepiece_model.proto, NormalizerSpec).</summary>
/// <param name="CharacterMap">Compiled character replacements; empty for none.</param>
/// <param name="AddsDummyPrefix">Prepends a space, so that the first word is treated like any other.</param>
/// <param name="RemovesExtraSpaces">Removes spaces at both ends and collapses runs of spaces into one.</param>
/// <param name="EscapesSpaces">Replaces spaces with <see cref="UnigramVocabulary.SpaceMark"/>.</param>
/// <param name="PutsSpaceBehind">Marks a word with a space after it instead of before it.</param>
internal sealed record NormalizerRules(
    byte[] CharacterMap, bool AddsDummyPrefix = true, bool RemovesExtraSpaces = true, bool EscapesSpaces = true,
    bool PutsSpaceBehind = false);
