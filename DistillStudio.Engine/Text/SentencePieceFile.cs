using DistillStudio.Engine.Runtime;
using Google.Protobuf;

namespace DistillStudio.Engine.Text;

/// <summary>
/// A <c>spiece.model</c> file, looked at before the tokenizer library sees it: whole, a unigram model, and with T5's special pieces in their places.
/// Format: sentencepiece_model.proto (1 = pieces, 2 = trainer_spec, 3 = normalizer_spec).
/// </summary>
/// <param name="Bytes">The file, mended so that the library loads it.</param>
/// <param name="Pieces">The piece of each id.</param>
/// <param name="DropsControlCharacters">The normaliser maps control characters to nothing.</param>
internal sealed record SentencePieceFile(byte[] Bytes, string[] Pieces, bool DropsControlCharacters)
{
    public const string FileName = "spiece.model";

    /// <summary>The largest published T5 tokenizer, mT5's with 250,000 pieces, has 4.3 MB.</summary>
    private const int MaxBytes = 64 << 20;

    private const int PieceField = 1;
    private const int TrainerField = 2;
    private const int NormalizerField = 3;
    private const int UnigramModel = 1;

    /// <summary>trainer_spec { bos_id: 0 }. The library wants a beginning-of-sentence piece, which no T5 has; protobuf merges a message that comes twice.</summary>
    private static ReadOnlySpan<byte> BosMend => [0x12, 0x03, 0xC8, 0x02, 0x00];

    /// <exception cref="InputException">No such file, or not a T5 tokenizer.</exception>
    public static SentencePieceFile Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        var pieces = new List<string>();
        bool hasTrainer = false;
        int modelType = UnigramModel;
        string? normalizer = null;
        try
        {
            var input = new CodedInputStream(bytes);
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                switch (WireFormat.GetTagFieldNumber(tag))
                {
                    case PieceField:
                        pieces.Add(ReadString(input.ReadBytes(), field: 1));
                        break;
                    case TrainerField:
                        hasTrainer = true;
                        modelType = ReadInt(input.ReadBytes(), field: 3) ?? modelType;
                        break;
                    case NormalizerField:
                        normalizer = ReadString(input.ReadBytes(), field: 1);
                        break;
                    default:
                        input.SkipLastField();
                        break;
                }
            }
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw Damaged(path, e);
        }

        // A cut between two messages still parses: the trainer writes its settings after the pieces.
        if (!hasTrainer || normalizer is null)
        {
            throw Damaged(path);
        }

        if (modelType != UnigramModel || pieces.Count < 4
            || pieces[T5Tokenizer.PadId] != "<pad>" || pieces[T5Tokenizer.EndId] != "</s>" || pieces[T5Tokenizer.UnknownId] != "<unk>")
        {
            throw new InputException($"{path} is a SentencePiece model but not T5's: it needs a unigram model whose first pieces are <pad>, </s> and <unk>; take {FileName} from the T5 model's own folder.");
        }

        return new SentencePieceFile([.. bytes, .. BosMend], [.. pieces], normalizer.StartsWith("nmt_nfkc", StringComparison.Ordinal));
    }

    /// <summary>The sentence for a file that does not load.</summary>
    public static InputException Damaged(string path, Exception? cause = null) =>
        new($"{path} is no whole SentencePiece model; fetch the file again, it may have been cut short or be a pointer to the real one.", cause);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                throw new InputException($"{path} does not exist; put the tokenizer's {FileName} there or name the folder that holds it.");
            }

            return file.Length <= MaxBytes
                ? PlainFile.ReadAllBytes(path, MaxBytes)
                : throw new InputException($"{path} has {file.Length:N0} bytes, more than any T5 tokenizer; put the model's {FileName} there.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a readable file.", e);
        }
    }

    private static string ReadString(ByteString message, int field)
    {
        string text = "";
        CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited))
            {
                text = input.ReadString();
            }
            else
            {
                input.SkipLastField();
            }
        }

        return text;
    }

    private static int? ReadInt(ByteString message, int field)
    {
        int? value = null;
        CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.Varint))
            {
                value = input.ReadInt32();
            }
            else
            {
                input.SkipLastField();
            }
        }

        return value;
    }
}
