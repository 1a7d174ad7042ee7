using System.Text;

namespace DistillStudio.Engine.Text;

/// <summary>Decodes piece ids into text.</summary>
internal sealed class PieceDecoder
{
    private const char Replacement = '\uFFFD';

    /// <summary>Text of each piece; null for a byte.</summary>
    private readonly string?[] _texts;
    private readonly byte[] _bytes;

    public PieceDecoder(IReadOnlyList<Piece> pieces)
    {
        _texts = new string?[pieces.Count];
        _bytes = new byte[pieces.Count];
        for (int id = 0; id < pieces.Count; id++)
        {
            Piece piece = pieces[id];
            bool isByte = piece.Type == PieceType.Byte && BytePiece.TryParse(piece.Text, out _bytes[id]);
            _texts[id] = isByte ? null
                : piece.Type is PieceType.Control or PieceType.Unknown ? ""
                : piece.Text.Replace(UnigramVocabulary.SpaceMark, " ", StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Concatenates the pieces' texts. Each byte that is not valid UTF-8 becomes U+FFFD. Ids outside the vocabulary are ignored.
    /// </summary>
    public string Decode(IReadOnlyList<int> ids)
    {
        var text = new StringBuilder(ids.Count * 4);
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            if (id < 0 || id >= _texts.Length)
            {
                continue;
            }

            if (_texts[id] is not { } piece)
            {
                bytes.Add(_bytes[id]);
                continue;
            }

            AppendBytes(text, bytes);
            text.Append(piece);
        }

        AppendBytes(text, bytes);
        return text.ToString();
    }

    private static void AppendBytes(StringBuilder text, List<byte> bytes)
    {
        ReadOnlySpan<byte> rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
        Span<char> character = stackalloc char[2];
        while (!rest.IsEmpty)
        {
            bool isWhole = Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (isWhole)
            {
                text.Append(character[..rune.EncodeToUtf16(character)]);
            }
            else
            {
                text.Append(Replacement);
            }

            rest = rest[(isWhole ? length : 1)..];
        }

        bytes.Clear();
    }
}
