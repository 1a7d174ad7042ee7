using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace DistillStudio.Engine.Text;

/// <summary>
/// SentencePiece's unigram model: of all ways to split a text into pieces, the one with the highest sum of scores.
/// Gives the ids of Google's library, down to its rounding. Safe to share between threads.
/// </summary>
internal sealed class UnigramModel
{
    /// <summary>An unknown character scores this much below the worst piece.</summary>
    private const float UnknownPenalty = 10;

    /// <summary>The library starts its search for the highest score at the smallest positive number, so that no maximum is below it.</summary>
    private const float LowestMaximum = 1.17549435e-38f;

    private readonly TextNormalizer _normalizer;
    private readonly PieceTrie _trie;
    private readonly double[] _scores;
    private readonly float _unknownScore;
    private readonly int _unknownId;

    /// <summary>The id of each byte's piece; null without byte fallback.</summary>
    private readonly int[]? _byteIds;

    /// <param name="vocabulary">With one piece of type unknown, no text twice, and 256 byte pieces where it has byte fallback.</param>
    /// <param name="map">The vocabulary's character map.</param>
    public UnigramModel(UnigramVocabulary vocabulary, CharacterMap map)
    {
        IReadOnlyList<Piece> pieces = vocabulary.Pieces;
        _scores = new double[pieces.Count];
        var texts = new List<(byte[], int)>(pieces.Count);
        var userDefined = new List<(byte[], int)>();
        (float lowest, float highest) = (float.MaxValue, LowestMaximum);
        foreach (Piece piece in pieces.Where(piece => piece.Type == PieceType.Normal))
        {
            (lowest, highest) = (Math.Min(lowest, piece.Score), Math.Max(highest, piece.Score));
        }

        _unknownScore = lowest - UnknownPenalty;
        _byteIds = vocabulary.HasByteFallback ? new int[256] : null;
        for (int id = 0; id < pieces.Count; id++)
        {
            Piece piece = pieces[id];
            switch (piece.Type)
            {
                case PieceType.Normal:
                    _scores[id] = piece.Score;
                    texts.Add((Encoding.UTF8.GetBytes(piece.Text), id));
                    break;
                case PieceType.UserDefined:
                    byte[] text = Encoding.UTF8.GetBytes(piece.Text);
                    _scores[id] = (text.Length * highest) - 0.1; // always better than its parts
                    texts.Add((text, id));
                    userDefined.Add((text, id));
                    break;
                case PieceType.Unknown:
                    _unknownId = id;
                    break;
                case PieceType.Byte when _byteIds is not null && BytePiece.TryParse(piece.Text, out byte value):
                    _byteIds[value] = id;
                    break;
                default:
                    break;
            }
        }

        _trie = new PieceTrie(texts);
        _normalizer = new TextNormalizer(vocabulary.Normalizer, map, userDefined.Count > 0 ? new PieceTrie(userDefined) : null);
    }

    /// <summary>Appends the ids of a text. One unknown id stands for a run of unknown characters.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> ids, LeadingSpace leading)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        using var normalized = new ByteBuffer(utf8.Length);
        int length = Encoding.UTF8.GetBytes(text, utf8);
        _normalizer.Normalize(utf8.AsSpan(0, length), normalized, leading);
        ArrayPool<byte>.Shared.Return(utf8);
        if (normalized.Length > 0)
        {
            Split(normalized.Written, ids);
        }
    }

    private void Split(ReadOnlySpan<byte> text, List<int> ids)
    {
        BestPath[] rented = ArrayPool<BestPath>.Shared.Rent(text.Length + 1);
        Span<BestPath> paths = rented.AsSpan(0, text.Length + 1);
        paths.Fill(new(0, BestPath.None, 0));
        FindPaths(text, paths);
        AppendBest(text, paths, ids);
        ArrayPool<BestPath>.Shared.Return(rented);
    }

    /// <summary>Viterbi: the best way to reach each place, from left to right.</summary>
    private void FindPaths(ReadOnlySpan<byte> text, Span<BestPath> paths)
    {
        ReadOnlySpan<PieceTrie.Cell> cells = _trie.Cells;
        ReadOnlySpan<double> scores = _scores;
        for (int start = 0; start < text.Length;)
        {
            float scoreHere = paths[start].Score;
            int character = Math.Min(CharacterLength(text[start]), text.Length - start);
            bool isCharacterKnown = false;
            int node = 0;
            for (int end = start; end < text.Length;)
            {
                int next = cells[node].Base ^ text[end];
                if (cells[next].Parent != node)
                {
                    break;
                }

                end++;
                node = next;
                int id = cells[next].Piece;
                if (id >= 0)
                {
                    Offer(ref paths[end], scores[id] + scoreHere, start, id);
                    isCharacterKnown |= end - start == character;
                }
            }

            if (!isCharacterKnown)
            {
                Offer(ref paths[start + character], _unknownScore + scoreHere, start, _unknownId);
            }

            start += character;
        }
    }

    private static void Offer(ref BestPath path, double score, int start, int id)
    {
        if (path.Start == BestPath.None || score > path.Score)
        {
            path = new((float)score, start, id);
        }
    }

    private void AppendBest(ReadOnlySpan<byte> text, ReadOnlySpan<BestPath> paths, List<int> ids)
    {
        int first = ids.Count;
        bool wasUnknown = false;
        for (int end = text.Length; end > 0; end = paths[end].Start)
        {
            BestPath path = paths[end];
            bool isUnknown = path.Id == _unknownId;
            if (!isUnknown)
            {
                ids.Add(path.Id);
            }
            else if (_byteIds is not null)
            {
                for (int i = end - 1; i >= path.Start; i--)
                {
                    ids.Add(_byteIds[text[i]]);
                }
            }
            else if (!wasUnknown)
            {
                ids.Add(_unknownId);
            }

            wasUnknown = isUnknown;
        }

        CollectionsMarshal.AsSpan(ids)[first..].Reverse();
    }

    /// <summary>Bytes of a character in UTF-8, told by its first.</summary>
    private static int CharacterLength(byte first) => first switch
    {
        < 0xC0 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        _ => 4,
    };

    /// <summary>The best way to a place: the piece that ends there and where it begins.</summary>
    private record struct BestPath(float Score, int Start, int Id)
    {
        public const int None = -1;
    }
}
