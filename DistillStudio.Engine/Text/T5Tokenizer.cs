using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using Microsoft.ML.Tokenizers;

namespace DistillStudio.Engine.Text;

/// <summary>
/// T5's tokenizer: SentencePiece's unigram pieces followed by the extra ids, <c>&lt;extra_id_0&gt;</c> being the last.
/// Ids and texts equal those of transformers' <c>T5Tokenizer</c> over Google's library. Safe to share between threads.
/// </summary>
public sealed class T5Tokenizer
{
    public const int PadId = 0;
    public const int EndId = 1;
    public const int UnknownId = 2;

    private const int DefaultExtraIds = 100;
    private const int MaxExtraIds = 10_000;
    private const int MaxConfigBytes = 16 << 20; // some list every piece
    private const string ExtraIdStart = "<extra_id_";

    /// <summary>What SentencePiece's nmt_nfkc rule maps to nothing and the library keeps.</summary>
    private static readonly SearchValues<char> ControlCharacters = SearchValues.Create(
        "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000B\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F\u008F\u009F");

    /// <summary>transformers' clean_up_tokenization, in its order.</summary>
    private static readonly (string From, string To)[] CleanUps =
        [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")];

    private readonly string _path;
    private readonly SentencePieceTokenizer _pieces;
    private readonly int _pieceCount;
    private readonly int _extraIds;
    private readonly bool _dropsControlCharacters;

    private T5Tokenizer(string path, SentencePieceTokenizer pieces, SentencePieceFile file, int extraIds)
    {
        _path = path;
        _pieces = pieces;
        _pieceCount = file.Pieces.Length;
        _extraIds = extraIds;
        _dropsControlCharacters = file.DropsControlCharacters;
        Fingerprint = $"{Convert.ToHexStringLower(SHA256.HashData(file.Bytes))}-{extraIds}";
    }

    /// <summary>Two tokenizers with the same give the same ids.</summary>
    public string Fingerprint { get; }

    /// <summary>Pieces and extra ids together. A model's vocabulary may be larger (rounded up), never smaller.</summary>
    public int VocabularySize => _pieceCount + _extraIds;

    /// <param name="path">A <c>spiece.model</c> file, or the folder that holds it; the <c>tokenizer_config.json</c> beside it, if any, gives the number of extra ids (100).</param>
    /// <exception cref="InputException">The file is missing, damaged or not T5's.</exception>
    public static T5Tokenizer Load(string path)
    {
        if (Directory.Exists(path))
        {
            path = Path.Combine(path, SentencePieceFile.FileName);
        }

        SentencePieceFile file = SentencePieceFile.Read(path);
        int extraIds = ReadExtraIds(Path.Combine(Path.GetDirectoryName(path) ?? "", "tokenizer_config.json"));
        SentencePieceTokenizer pieces;
        try
        {
            using var stream = new MemoryStream(file.Bytes, writable: false);
            pieces = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw SentencePieceFile.Damaged(path, e); // the library documents no exceptions and throws several kinds
        }

        return new T5Tokenizer(path, pieces, file, extraIds);
    }

    /// <summary>Ids of the text with the closing <c>&lt;/s&gt;</c>; special tokens written in the text become their ids.</summary>
    /// <exception cref="InputException">The tokenizer's file turns out to be damaged.</exception>
    /// <param name="maxLength">At least 1; a longer result keeps its first <paramref name="maxLength"/> − 1 ids and the closing one.</param>
    public int[] Encode(string text, int maxLength = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        var ids = new List<int>(Math.Min(text.Length / 3 + 2, 4096));
        int from = 0;
        while (NextSpecial(text, from, out int at, out int length, out int id))
        {
            EncodePieces(text.AsSpan(from, at - from), ids, afterSpecial: from > 0, beforeSpecial: true);
            ids.Add(id);
            from = at + length;
        }

        EncodePieces(text.AsSpan(from), ids, afterSpecial: from > 0, beforeSpecial: false);
        int kept = Math.Min(ids.Count, maxLength - 1);
        int[] result = new int[kept + 1];
        ids.CopyTo(0, result, 0, kept);
        result[kept] = EndId;
        return result;
    }

    /// <summary>Text of the ids without special tokens, tidied as transformers does (no space before punctuation). Ids outside the vocabulary count as special.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var plain = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            if (id > UnknownId && id < _pieceCount)
            {
                plain.Add(id);
            }
        }

        string text = _pieces.Decode(plain).Trim();
        foreach ((string from, string to) in CleanUps)
        {
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }

    private void EncodePieces(ReadOnlySpan<char> text, List<int> ids, bool afterSpecial, bool beforeSpecial)
    {
        // transformers strips the text on both sides of a special token, and that alone.
        text = afterSpecial ? text.TrimStart() : text;
        text = beforeSpecial ? text.TrimEnd() : text;
        if (text.IsEmpty)
        {
            return;
        }

        if (_dropsControlCharacters && text.ContainsAny(ControlCharacters))
        {
            text = WithoutControlCharacters(text);
        }

        // Google's library gives one <unk> for a run of unknown characters.
        bool wasUnknown = false;
        foreach (int id in PieceIds(text))
        {
            if (id != UnknownId || !wasUnknown)
            {
                ids.Add(id);
            }

            wasUnknown = id == UnknownId;
        }
    }

    private IReadOnlyList<int> PieceIds(ReadOnlySpan<char> text)
    {
        try
        {
            return _pieces.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw SentencePieceFile.Damaged(_path, e); // a normaliser table that points outside itself shows only here
        }
    }

    private bool NextSpecial(string text, int from, out int at, out int length, out int id)
    {
        for (at = text.IndexOf('<', from); at >= 0; at = text.IndexOf('<', at + 1))
        {
            id = SpecialAt(text.AsSpan(at), out length);
            if (id >= 0)
            {
                return true;
            }
        }

        (length, id) = (0, -1);
        return false;
    }

    private int SpecialAt(ReadOnlySpan<char> text, out int length)
    {
        foreach ((string token, int id) in (ReadOnlySpan<(string, int)>)[("</s>", EndId), ("<pad>", PadId), ("<unk>", UnknownId)])
        {
            if (text.StartsWith(token, StringComparison.Ordinal))
            {
                length = token.Length;
                return id;
            }
        }

        length = 0;
        if (!text.StartsWith(ExtraIdStart, StringComparison.Ordinal))
        {
            return -1;
        }

        // At most four digits are looked at: a text full of unfinished starts must not be searched to its end from each.
        int digits = text.Slice(ExtraIdStart.Length, Math.Min(5, text.Length - ExtraIdStart.Length)).IndexOf('>');
        ReadOnlySpan<char> number = digits > 0 ? text.Slice(ExtraIdStart.Length, digits) : default;
        if (number.IsEmpty || number.ContainsAnyExceptInRange('0', '9') || (number.Length > 1 && number[0] == '0'))
        {
            return -1;
        }

        int extra = int.Parse(number);
        if (extra >= _extraIds)
        {
            return -1;
        }

        length = ExtraIdStart.Length + digits + 1;
        return VocabularySize - 1 - extra;
    }

    private static string WithoutControlCharacters(ReadOnlySpan<char> text)
    {
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

    private static int ReadExtraIds(string configPath)
    {
        if (!File.Exists(configPath))
        {
            return DefaultExtraIds;
        }

        try
        {
            using JsonDocument config = JsonDocument.Parse(PlainFile.ReadAllBytes(configPath, MaxConfigBytes));
            if (config.RootElement.ValueKind != JsonValueKind.Object || !config.RootElement.TryGetProperty("extra_ids", out JsonElement count))
            {
                return DefaultExtraIds;
            }

            return count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out int extraIds) && extraIds is >= 0 and <= MaxExtraIds
                ? extraIds
                : throw new InputException($"{configPath}: extra_ids must be a whole number from 0 to {MaxExtraIds}; T5 has {DefaultExtraIds}.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{configPath} cannot be read as JSON ({e.Message.TrimEnd('.')}); mend or remove it.", e);
        }
    }
}
