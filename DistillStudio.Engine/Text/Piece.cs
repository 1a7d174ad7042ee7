namespace DistillStudio.Engine.Text;

/// <summary>What a piece is for; the numbers are those of sentencepiece_model.proto.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,

    /// <summary>Has an id but stands for no text: <c>&lt;pad&gt;</c>, <c>&lt;/s&gt;</c>.</summary>
    Control = 3,

    /// <summary>Always one piece, wherever it stands in the text.</summary>
    UserDefined = 4,

    /// <summary>Never chosen when text is split.</summary>
    Unused = 5,

    /// <summary>One byte of a character that is no piece, <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>One entry of a unigram vocabulary; its place in the list is its id.</summary>
/// <param name="Score">Logarithm of its probability.</param>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>How text is prepared before it is split into pieces (sentencepiece_model.proto, NormalizerSpec).</summary>
/// <param name="CharacterMap">Compiled replacements; empty for none.</param>
/// <param name="AddsDummyPrefix">The text gets a space in front, so that its first word looks like any other.</param>
/// <param name="RemovesExtraSpaces">Spaces at both ends go, and of several in a row one stays.</param>
/// <param name="EscapesSpaces">A space becomes <see cref="UnigramVocabulary.SpaceMark"/>.</param>
/// <param name="PutsSpaceBehind">The space that marks a word stands behind it instead of in front.</param>
internal sealed record NormalizerRules(byte[] CharacterMap, bool AddsDummyPrefix = true, bool RemovesExtraSpaces = true, bool EscapesSpaces = true, bool PutsSpaceBehind = false);
