using System.Text;
using DistillStudio.Engine.Runtime;
using Microsoft.ML.Tokenizers;

namespace DistillStudio.Engine.Text;

/// <summary>Whether a text is treated as beginning with a space, which makes its first characters the start of a word.</summary>
internal enum LeadingSpace
{
    /// <summary>As the vocabulary's rules define; T5's add a space.</summary>
    AsTrained,
    Always,

    /// <summary>Only if the text itself begins with one.</summary>
    Kept,
    Never,
}

/// <summary>
/// Splits text into pieces with the tokenizer library, and returns the ids of Google's library: the bytes of unknown characters if the
/// vocabulary has byte fallback, otherwise one <c>&lt;unk&gt;</c> for a run of them. Thread-safe.
/// </summary>
internal sealed class PieceEncoder
{
    private readonly UnigramVocabulary _vocabulary;
    private readonly TextPreparation _preparation;
    private readonly SentencePieceTokenizer _tokenizer;

    /// <summary>Id of each byte's piece; null without byte fallback.</summary>
    private readonly int[]? _byteIds;

    /// <exception cref="InputException">The library cannot load the vocabulary.</exception>
    public PieceEncoder(UnigramVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _preparation = new(vocabulary);
        _tokenizer = vocabulary.CreateTokenizer(
            [.. vocabulary.Pieces, .. _preparation.StandIns.Select(standIn => new Piece(standIn.Text, 0, PieceType.UserDefined))],
            vocabulary.Normalizer,
            "the list of pieces");
        _byteIds = vocabulary.HasByteFallback ? new int[BytePiece.Count] : null;
        for (int id = 0; _byteIds is not null && id < vocabulary.Pieces.Count; id++)
        {
            if (vocabulary.Pieces[id].Type == PieceType.Byte && BytePiece.TryParse(vocabulary.Pieces[id].Text, out byte value))
            {
                _byteIds[value] = id;
            }
        }
    }

    /// <summary>Appends the ids of a text.</summary>
    /// <exception cref="InputException">The vocabulary's character map is damaged.</exception>
    public void Encode(ReadOnlySpan<char> text, List<int> ids, LeadingSpace leading)
    {
        text = _preparation.Prepare(text);
        bool putsSpaceInFront = _vocabulary.Normalizer is { AddsDummyPrefix: true, PutsSpaceBehind: false };
        if (leading == LeadingSpace.AsTrained || (leading == LeadingSpace.Always && putsSpaceInFront))
        {
            Split(text, ids, normalizes: true);
            return;
        }

        string normalized = _preparation.Normalize(text);
        bool startsWithSpace = leading == LeadingSpace.Always || (leading == LeadingSpace.Kept && _preparation.StartsWithSpace(text));
        Split(startsWithSpace && normalized.Length > 0 ? _preparation.Space + normalized : normalized, ids, normalizes: false);
    }

    private void Split(ReadOnlySpan<char> text, List<int> ids, bool normalizes)
    {
        try
        {
            IReadOnlyList<int> split = _tokenizer.EncodeToIds(
                text, addBeginningOfSentence: false, addEndOfSentence: false, considerNormalization: normalizes);
            if (_byteIds is not null && split.Contains(T5Tokenizer.UnknownId))
            {
                AppendWithBytes(
                    _tokenizer.EncodeToTokens(
                        text, out _, addBeginningOfSentence: false, addEndOfSentence: false, considerNormalization: normalizes),
                    ids);
            }
            else
            {
                AppendMerged(split, ids);
            }
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw _vocabulary.Damaged(TextPreparation.CharacterMap, e); // a map with out-of-range references is detected only here
        }
    }

    /// <summary>Appends ids, merging consecutive unknown ids into one.</summary>
    private void AppendMerged(IReadOnlyList<int> split, List<int> ids)
    {
        bool wasUnknown = false;
        for (int i = 0; i < split.Count; i++)
        {
            int id = split[i];
            bool isUnknown = id == T5Tokenizer.UnknownId;
            if (!isUnknown || !wasUnknown)
            {
                ids.Add(PieceId(id));
            }

            wasUnknown = isUnknown;
        }
    }

    /// <summary>
    /// Appends ids, replacing each unknown character with the ids of its bytes. The value of an unknown token is its text.
    /// </summary>
    private void AppendWithBytes(IReadOnlyList<EncodedToken> tokens, List<int> ids)
    {
        foreach (EncodedToken token in tokens)
        {
            if (token.Id != T5Tokenizer.UnknownId)
            {
                ids.Add(PieceId(token.Id));
                continue;
            }

            foreach (byte value in Encoding.UTF8.GetBytes(token.Value))
            {
                ids.Add(_byteIds![value]);
            }
        }
    }

    /// <summary>Returns the id of a piece. Stand-ins follow the vocabulary's own pieces.</summary>
    private int PieceId(int id) => id < _vocabulary.Pieces.Count ? id : _preparation.StandIns[id - _vocabulary.Pieces.Count].Id;
}
