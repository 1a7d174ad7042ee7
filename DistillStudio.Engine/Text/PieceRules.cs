namespace DistillStudio.Engine.Text;

/// <summary>Validates a list of pieces.</summary>
internal static class PieceRules
{
    /// <summary>Bounds memory. Published pieces have at most 33 bytes (mT5's sentinels).</summary>
    private const int MaxPieceLength = 1024;

    /// <summary>Returns true if the first pieces are T5's special pieces.</summary>
    public static bool HasSpecialPieces(IReadOnlyList<Piece> pieces) =>
        pieces.Count > 3
        && pieces[T5Tokenizer.PadId].Text == AddedToken.Pad
        && pieces[T5Tokenizer.EndId].Text == AddedToken.End
        && pieces[T5Tokenizer.UnknownId] is { Text: AddedToken.Unknown, Type: PieceType.Unknown };

    /// <summary>Returns null if a model can be built from the pieces; otherwise describes the problem.</summary>
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
                return $"piece {id} is listed twice";
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
                    return $"piece {id} represents a byte";
                }

                bytes++;
            }
        }

        return hasByteFallback && bytes != BytePiece.Count ? $"{bytes} pieces represent bytes, not {BytePiece.Count}" : null;
    }
}
