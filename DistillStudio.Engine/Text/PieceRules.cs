namespace DistillStudio.Engine.Text;

/// <summary>What a list of pieces must be like.</summary>
internal static class PieceRules
{
    /// <summary>Published ones have at most 33 (mT5's sentinels) in bytes; the limit bounds memory.</summary>
    private const int MaxPieceLength = 1024;

    /// <summary>The first pieces are T5's.</summary>
    public static bool HasSpecialPieces(IReadOnlyList<Piece> pieces) =>
        pieces.Count > 3
        && pieces[T5Tokenizer.PadId].Text == AddedToken.Pad
        && pieces[T5Tokenizer.EndId].Text == AddedToken.End
        && pieces[T5Tokenizer.UnknownId] is { Text: AddedToken.Unknown, Type: PieceType.Unknown };

    /// <summary>Null for pieces that a model can be built of; otherwise what is wrong with them.</summary>
    public static string? WhyNot(IReadOnlyList<Piece> pieces, bool hasByteFallback)
    {
        var seen = new HashSet<string>(pieces.Count, StringComparer.Ordinal);
        int bytes = 0;
        for (int id = 0; id < pieces.Count; id++)
        {
            Piece piece = pieces[id];
            if (piece.Text.Length is 0 or > MaxPieceLength)
            {
                return $"piece {id} has {piece.Text.Length} characters";
            }

            if (!seen.Add(piece.Text))
            {
                return $"piece {id} stands there twice";
            }

            if (!float.IsFinite(piece.Score))
            {
                return $"piece {id} has no finite score";
            }

            if (piece.Type == PieceType.Unknown && id != T5Tokenizer.UnknownId)
            {
                return $"piece {id} is a second unknown piece";
            }

            if (piece.Type == PieceType.Byte)
            {
                if (!hasByteFallback || !BytePiece.TryParse(piece.Text, out _))
                {
                    return $"piece {id} stands for a byte";
                }

                bytes++;
            }
        }

        return hasByteFallback && bytes != BytePiece.Count ? $"{bytes} pieces stand for bytes, not {BytePiece.Count}" : null;
    }
}
