using Google.Protobuf;

namespace DistillStudio.Engine.Text;

/// <summary>
/// Writes a vocabulary in the format that the tokenizer library reads: sentencepiece_model.proto
/// (1 = pieces, 2 = trainer_spec, 3 = normalizer_spec).
/// </summary>
internal static class ModelProto
{
    private const int UnigramModel = 1;

    /// <summary>
    /// Writes the pieces with T5's special ids. Pieces that are never chosen when text is split are written as control pieces, so that the
    /// library neither chooses them nor includes their scores in the vocabulary's minimum.
    /// </summary>
    /// <remarks>
    /// byte_fallback is off: the library's byte ids are 255 too high, and it inserts each into a list, which takes minutes for a long
    /// text.
    /// bos_id is that of <c>&lt;pad&gt;</c>: the library requires a beginning-of-sentence piece, which no T5 has.
    /// </remarks>
    public static byte[] Write(IEnumerable<Piece> pieces, NormalizerRules rules) => Message(file =>
    {
        foreach (Piece piece in pieces)
        {
            Write(file, 1, Message(one =>
            {
                Write(one, 1, ByteString.CopyFromUtf8(piece.Text));
                one.WriteTag(2, WireFormat.WireType.Fixed32);
                one.WriteFloat(piece.Type == PieceType.Normal ? piece.Score : 0); // 0 ranks a user-defined piece above its parts
                Write(one, 3, (int)(piece.Type is PieceType.Unused or PieceType.Byte ? PieceType.Control : piece.Type));
            }));
        }

        Write(file, 2, Message(trainer =>
        {
            Write(trainer, 3, UnigramModel);
            Write(trainer, 24, rules.PutsSpaceBehind ? 1 : 0); // treat_whitespace_as_suffix
            Write(trainer, 40, T5Tokenizer.UnknownId);
            Write(trainer, 41, T5Tokenizer.PadId); // bos_id
            Write(trainer, 42, T5Tokenizer.EndId);
        }));
        Write(file, 3, Message(normalizer =>
        {
            Write(normalizer, 2, ByteString.CopyFrom(rules.CharacterMap));
            Write(normalizer, 3, rules.AddsDummyPrefix ? 1 : 0);
            Write(normalizer, 4, rules.RemovesExtraSpaces ? 1 : 0);
            Write(normalizer, 5, rules.EscapesSpaces ? 1 : 0);
        }));
    }).ToByteArray();

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using var output = new CodedOutputStream(bytes, leaveOpen: true);
        write(output);
        output.Flush();
        return UnsafeByteOperations.UnsafeWrap(bytes.ToArray());
    }

    private static void Write(CodedOutputStream output, int field, ByteString value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(value);
    }

    private static void Write(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }
}
