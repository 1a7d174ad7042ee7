using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using Microsoft.ML.Tokenizers;

namespace DistillStudio.Engine.Text;

/// <summary>
/// Prepares text for the tokenizer library: performs the steps of SentencePiece's normalizer that the library lacks, which are removing
/// control characters and leaving user-defined pieces unchanged. Thread-safe.
/// </summary>
internal sealed class TextPreparation
{
    /// <summary>Name of the character map in both file formats.</summary>
    public const string CharacterMap = "precompiled_charsmap";

    /// <summary>First character of a supplementary private use plane, which no rule changes and no text for T5 contains.</summary>
    private const int FirstStandIn = 0x100000;

    private const int MaxStandIns = 0xFFFE;

    /// <summary>Characters that SentencePiece's nmt rules remove and the library keeps.</summary>
    private static readonly SearchValues<char> ControlCharacters = SearchValues.Create(
        "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000B\u000E\u000F\u0010\u0011\u0012"
        + "\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F\u008F\u009F");

    private readonly UnigramVocabulary _vocabulary;

    /// <summary>Tokenizer whose only piece is the space, so that its tokens are the characters of the normalized text.</summary>
    private readonly SentencePieceTokenizer _characters;

    private readonly bool _dropsControlCharacters;

    /// <summary>User-defined pieces that the normalizer would change, by their index in <see cref="StandIns"/>; null for none.</summary>
    private readonly AddedTokens? _changed;

    /// <exception cref="InputException">The character map is damaged or requires what the library does not support.</exception>
    public TextPreparation(UnigramVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        NormalizerRules rules = vocabulary.Normalizer;
        Space = rules.EscapesSpaces ? UnigramVocabulary.SpaceMark : " ";
        Piece[] pieces = [.. vocabulary.Pieces.Take(T5Tokenizer.UnknownId + 1), new(Space, 0, PieceType.Normal)];
        _characters = vocabulary.CreateTokenizer(pieces, rules with { AddsDummyPrefix = false }, CharacterMap);

        // Only nmt rules replace U+200B with a space.
        _dropsControlCharacters = Normalize("x\u200Bx") == $"x{Space}x";
        if (!_dropsControlCharacters && DeletesCharacters(rules.CharacterMap))
        {
            throw new InputException($"{vocabulary.Path} drops characters with custom normalisation rules ({CharacterMap}), "
                + $"which is not supported; use a model with one of SentencePiece's standard rules, such as nmt_nfkc.");
        }

        var changed = new Dictionary<int, AddedToken>();
        var standIns = new List<(int Id, string Text)>();
        for (int id = 0; id < vocabulary.Pieces.Count; id++)
        {
            Piece piece = vocabulary.Pieces[id];
            if (piece.Type != PieceType.UserDefined
                || Normalize(
                    WithoutControlCharacters($"x{piece.Text}x")) == $"x{piece.Text.Replace(" ", Space, StringComparison.Ordinal)}x")
            {
                continue;
            }

            if (piece.Text.Contains(' ', StringComparison.Ordinal) || standIns.Count == MaxStandIns)
            {
                throw new InputException($"{vocabulary.Path}: the user-defined piece {FileText.Text(piece.Text)} (id {id}) is changed by "
                    + $"the file's own normalisation rules, which is not supported for a piece with a space in it; "
                    + $"take a model without that piece.");
            }

            changed[standIns.Count] = new(piece.Text, IsSpecial: false);
            standIns.Add((id, char.ConvertFromUtf32(FirstStandIn + standIns.Count)));
        }

        StandIns = standIns;
        _changed = changed.Count > 0 ? new(changed) : null;
    }

    /// <summary>The replacement of a space.</summary>
    public string Space { get; }

    /// <summary>User-defined pieces that are represented by one character each in prepared text.</summary>
    public IReadOnlyList<(int Id, string Text)> StandIns { get; }

    /// <summary>Returns the text in the form that the library's normalizer requires.</summary>
    public ReadOnlySpan<char> Prepare(ReadOnlySpan<char> text)
    {
        if (_changed is not null)
        {
            text = WithStandIns(text.ToString());
        }

        return WithoutControlCharacters(text);
    }

    /// <summary>Returns the text normalized by the library, without a space added at either end.</summary>
    /// <exception cref="InputException">The character map is damaged.</exception>
    public string Normalize(ReadOnlySpan<char> prepared)
    {
        try
        {
            return string.Concat(
                _characters.EncodeToTokens(prepared, out _, addBeginningOfSentence: false, addEndOfSentence: false)
                    .Select(token => token.Value));
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw _vocabulary.Damaged(CharacterMap, e);
        }
    }

    /// <summary>Returns true if the text begins with what normalization treats as an extra space.</summary>
    public bool StartsWithSpace(ReadOnlySpan<char> prepared)
    {
        _ = Rune.DecodeFromUtf16(prepared, out _, out int length);
        return _vocabulary.Normalizer.RemovesExtraSpaces && length > 0 && Normalize(prepared[..length]).Length == 0;
    }

    private string WithStandIns(string text)
    {
        var result = new StringBuilder(text.Length);
        int from = 0;
        while (_changed!.TryFind(text, from, out int at, out int place, out AddedToken? piece))
        {
            result.Append(text, from, at - from).Append(StandIns[place].Text);
            from = at + piece.Content.Length;
        }

        return from == 0 ? text : result.Append(text, from, text.Length - from).ToString();
    }

    private ReadOnlySpan<char> WithoutControlCharacters(ReadOnlySpan<char> text)
    {
        if (!_dropsControlCharacters || !text.ContainsAny(ControlCharacters))
        {
            return text;
        }

        var kept = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!ControlCharacters.Contains(c))
            {
                kept.Append(c);
            }
        }

        return kept.ToString();
    }

    /// <summary>
    /// Returns true if one of the map's replacements is empty. They follow the table, whose length comes first; each ends with a zero
    /// byte.
    /// </summary>
    private static bool DeletesCharacters(ReadOnlySpan<byte> map)
    {
        if (map.IsEmpty)
        {
            return false;
        }

        ReadOnlySpan<byte> replacements = map[(sizeof(uint) + BinaryPrimitives.ReadInt32LittleEndian(map))..];
        return replacements.StartsWith((byte)0) || replacements.IndexOf([(byte)0, (byte)0]) >= 0;
    }
}
