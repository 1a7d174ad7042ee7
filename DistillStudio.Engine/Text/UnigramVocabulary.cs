using DistillStudio.Engine.Runtime;
using Microsoft.ML.Tokenizers;

namespace DistillStudio.Engine.Text;

/// <summary>The complete data of a unigram tokenizer, from either file format.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="HasByteFallback">A character that has no piece is encoded as one piece for each of its UTF-8 bytes.</param>
/// <param name="Digest">Digest of the file's bytes.</param>
internal sealed record UnigramVocabulary(
    string Path, IReadOnlyList<Piece> Pieces, NormalizerRules Normalizer, bool HasByteFallback, string Digest)
{
    /// <summary>Represents a space within pieces, U+2581.</summary>
    public const string SpaceMark = "\u2581";

    /// <summary>Creates the library's tokenizer from pieces of this vocabulary.</summary>
    /// <param name="part">Name of the part that is reported as damaged on failure.</param>
    /// <exception cref="InputException">The library rejects the pieces.</exception>
    public SentencePieceTokenizer CreateTokenizer(IEnumerable<Piece> pieces, NormalizerRules rules, string part)
    {
        try
        {
            using var stream = new MemoryStream(ModelProto.Write(pieces, rules), writable: false);
            return SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Damaged(part, e); // the library documents no exceptions and throws several kinds
        }
    }

    /// <summary>Creates the exception for a part of the file that the library cannot use.</summary>
    public InputException Damaged(string part, Exception cause) => new($"{Path}: {part} is damaged; download the file again.", cause);
}
