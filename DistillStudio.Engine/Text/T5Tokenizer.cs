using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Text;

/// <summary>
/// T5's tokenizer: SentencePiece's unigram pieces, then the extra ids in descending order (<c>&lt;extra_id_0&gt;</c> is last), then
/// further added tokens. Ids and texts equal those of transformers' <c>T5Tokenizer</c> based on Google's library. Thread-safe.
/// </summary>
public sealed class T5Tokenizer
{
    public const int PadId = 0;
    public const int EndId = 1;
    public const int UnknownId = 2;

    /// <summary>Replacements of transformers' clean_up_tokenization, in its order.</summary>
    private static readonly (string From, string To)[] CleanUps =
        [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"),
            (" 've", "'ve"), (" 're", "'re"),
        ];

    private readonly PieceEncoder _encoder;
    private readonly PieceDecoder _decoder;
    private readonly AddedTokens _added;
    private readonly TokenizerSettings _settings;

    internal T5Tokenizer(UnigramVocabulary vocabulary, IReadOnlyDictionary<int, AddedToken> added, TokenizerSettings settings)
    {
        _encoder = new(vocabulary);
        _decoder = new(vocabulary.Pieces);
        _added = new(added);
        _settings = settings;
        VocabularySize = Math.Max(vocabulary.Pieces.Count, added.Keys.Max() + 1);
        Fingerprint = FingerprintOf(vocabulary, added, settings);
    }

    /// <summary>Identifies the tokenizer: equal fingerprints mean equal ids.</summary>
    public string Fingerprint { get; }

    /// <summary>The highest id plus one. A model's vocabulary may be larger (rounded up), never smaller.</summary>
    public int VocabularySize { get; }

    /// <param name="path">
    /// A <c>spiece.model</c> or <c>tokenizer.json</c> file, or the folder that contains one; the tokenizer's other files in the folder
    /// are read too.
    /// </param>
    /// <param name="modelVocabulary">Number of ids that the model has weights for. If no file gives the number of extra ids, it is 0 if
    /// the pieces fill this vocabulary, and 100 otherwise.</param>
    /// <exception cref="InputException">A file is missing, damaged or not T5's, or requires an unsupported feature.</exception>
    public static T5Tokenizer Load(string path, int? modelVocabulary = null) => TokenizerFiles.Load(path, modelVocabulary);

    /// <summary>Returns the ids of the text followed by <c>&lt;/s&gt;</c>; special tokens in the text become their ids.</summary>
    /// <param name="maxLength">At least 1. A longer result is truncated to its first <paramref name="maxLength"/> − 1 ids and
    /// <c>&lt;/s&gt;</c>.</param>
    public int[] Encode(string text, int maxLength = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        if (_settings is { IsLegacy: false, IsJson: false })
        {
            text = text.Replace(UnigramVocabulary.SpaceMark, " ", StringComparison.Ordinal);
        }

        var ids = new List<int>(Math.Min(text.Length / 3 + 2, 4096));
        int from = 0;
        AddedToken? before = null;
        while (_added.TryFind(text, from, out int at, out int id, out AddedToken? token))
        {
            EncodePart(text.AsSpan(from, at - from), ids, before, token);
            ids.Add(id);
            (from, before) = (at + token.Content.Length, token);
        }

        EncodePart(text.AsSpan(from), ids, before, null);
        int kept = Math.Min(ids.Count, maxLength - 1);
        int[] result = new int[kept + 1];
        ids.CopyTo(0, result, 0, kept);
        result[kept] = EndId;
        return result;
    }

    /// <summary>
    /// Decodes ids without special tokens and cleans up spaces as transformers does (no space before punctuation). Ids outside the
    /// vocabulary are treated as special.
    /// </summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var parts = new List<string>();
        var plain = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            if (!_added.TryGet(id, out AddedToken? token))
            {
                plain.Add(id);
            }
            else if (!token.IsSpecial)
            {
                AddPart();
                parts.Add(token.Content);
            }
        }

        AddPart();
        string text = string.Join(' ', parts);
        if (_settings.CleansUpSpaces)
        {
            foreach ((string from, string to) in CleanUps)
            {
                text = text.Replace(from, to, StringComparison.Ordinal);
            }
        }

        return text;

        void AddPart()
        {
            string part = _decoder.Decode(plain).Trim();
            plain.Clear();
            if (part.Length > 0)
            {
                parts.Add(part);
            }
        }
    }

    /// <summary>Appends the ids of the text between two added tokens, or between one and an end of the text.</summary>
    private void EncodePart(ReadOnlySpan<char> text, List<int> ids, AddedToken? before, AddedToken? after)
    {
        text = before?.StripsRight == true ? text.TrimStart() : text;
        text = after?.StripsLeft == true ? text.TrimEnd() : text;
        if (text.IsEmpty)
        {
            return;
        }

        // transformers checks for the space in the original text, the tokenizers library in the normalized text.
        LeadingSpace leading = _settings.IsLegacy ? LeadingSpace.AsTrained
            : before is null && _settings.AddsPrefixSpace ? LeadingSpace.Always
            : _settings.IsJson || text[0] == ' ' ? LeadingSpace.Kept
            : LeadingSpace.Never;
        _encoder.Encode(text, ids, leading);
    }

    private static string FingerprintOf(
        UnigramVocabulary vocabulary, IReadOnlyDictionary<int, AddedToken> added, TokenizerSettings settings)
    {
        string rest =
            string.Join('\n', added.OrderBy(token => token.Key).Select(token => $"{token.Key} {token.Value}").Prepend($"{settings.IsJson} "
                + $"{settings.IsLegacy} {settings.AddsPrefixSpace} {settings.CleansUpSpaces}"));
        return $"{vocabulary.Digest}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rest)))}";
    }
}
