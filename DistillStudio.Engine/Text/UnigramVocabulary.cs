using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using Microsoft.ML.Tokenizers;

namespace DistillStudio.Engine.Text;

/// <summary>All that a unigram tokenizer is made of, from whichever file.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="HasByteFallback">Characters that are no piece become one piece for each of their bytes in UTF-8.</param>
/// <param name="Digest">Of the file's bytes.</param>
internal sealed record UnigramVocabulary(string Path, IReadOnlyList<Piece> Pieces, NormalizerRules Normalizer, bool HasByteFallback, string Digest)
{
    /// <summary>Stands for a space within pieces, U+2581.</summary>
    public const string SpaceMark = "\u2581";

    /// <summary>The library's tokenizer over pieces of this vocabulary.</summary>
    /// <param name="part">What is damaged if that fails.</param>
    /// <exception cref="InputException">The library refuses them.</exception>
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

    /// <summary>The sentence for a part of the file that the library cannot use.</summary>
    public InputException Damaged(string part, Exception cause) => new($"{Path}: {part} is damaged; fetch the file again.", cause);
}
