using System.Security.Cryptography;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using Google.Protobuf;

namespace DistillStudio.Engine.Text;

/// <summary>
/// Reads a <c>spiece.model</c> file. Format: sentencepiece_model.proto (1 = pieces, 2 = trainer_spec, 3 = normalizer_spec, 5 =
/// denormalizer_spec).
/// </summary>
internal static class SentencePieceFile
{
    public const string FileName = "spiece.model";

    /// <summary>Maximum size in bytes. The largest published T5 tokenizer, UMT5's with 256,000 pieces, has 4.6 MB.</summary>
    private const int MaxBytes = 64 << 20;

    private const int PieceField = 1;
    private const int TrainerField = 2;
    private const int NormalizerField = 3;
    private const int DenormalizerField = 5;
    private const int UnigramModel = 1;

    /// <exception cref="InputException">The file is missing or not a T5 tokenizer.</exception>
    public static UnigramVocabulary Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        var pieces = new List<Piece>();
        Trainer? trainer = null;
        NormalizerRules? normalizer = null;
        bool denormalizes = false;
        try
        {
            var input = new CodedInputStream(bytes);
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                switch (WireFormat.GetTagFieldNumber(tag))
                {
                    case PieceField:
                        pieces.Add(ReadPiece(input.ReadBytes()));
                        break;
                    case TrainerField:
                        trainer = ReadTrainer(input.ReadBytes());
                        break;
                    case NormalizerField:
                        normalizer = ReadNormalizer(input.ReadBytes());
                        break;
                    case DenormalizerField:
                        denormalizes = ReadNormalizer(input.ReadBytes()).CharacterMap.Length > 0;
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

        // A file truncated between two messages still parses: the trainer writes its settings after the pieces.
        if (trainer is null || normalizer is null)
        {
            throw Damaged(path);
        }

        if (trainer.ModelType != UnigramModel || !PieceRules.HasSpecialPieces(pieces))
        {
            throw new InputException($"{path} is a SentencePiece model but not T5's: it needs a unigram model whose first pieces are "
                + $"<pad>, </s> and <unk>; take {FileName} from the T5 model's own folder.");
        }

        if (denormalizes)
        {
            throw new InputException($"{path} replaces characters when ids become text (denormalizer_spec), "
                + $"which no T5 does and which cannot be honoured; take {FileName} from the T5 model's own folder.");
        }

        return PieceRules.WhyNot(pieces, trainer.HasByteFallback) is { } why
            ? throw new InputException($"{path}: {why}; download the file again.")
            : new UnigramVocabulary(
                path, pieces, normalizer with { PutsSpaceBehind = trainer.PutsSpaceBehind }, trainer.HasByteFallback,
                Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>Creates the exception for a file that cannot be loaded.</summary>
    public static InputException Damaged(string path, Exception? cause = null) =>
        new($"{path} is not a complete SentencePiece model; download the file again, it may have been truncated.", cause);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                throw new InputException($"{path} does not exist; put the tokenizer's {FileName} there or name the folder that holds it.");
            }

            if (file.Length > MaxBytes)
            {
                throw new InputException($"{path} has {file.Length:N0} bytes, more than any T5 tokenizer; "
                    + $"put the model's {FileName} there.");
            }

            byte[] bytes = PlainFile.ReadAllBytes(path, MaxBytes);
            return FileStandIn.WhatIs(bytes) is { } standIn ? throw FileStandIn.Refuse(path, standIn) : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a readable file.", e);
        }
    }

    /// <summary>SentencePiece: 1 = piece, 2 = score, 3 = type.</summary>
    private static Piece ReadPiece(ByteString message)
    {
        (string text, float score, var type) = ("", 0f, PieceType.Normal);
        CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case 1 << 3 | (uint)WireFormat.WireType.LengthDelimited:
                    text = input.ReadString();
                    break;
                case 2 << 3 | (uint)WireFormat.WireType.Fixed32:
                    score = input.ReadFloat();
                    break;
                case 3 << 3 | (uint)WireFormat.WireType.Varint:
                    type = (PieceType)input.ReadEnum();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new(text, score, type);
    }

    /// <summary>TrainerSpec: 3 = model_type, 24 = treat_whitespace_as_suffix, 35 = byte_fallback.</summary>
    private static Trainer ReadTrainer(ByteString message)
    {
        var trainer = new Trainer();
        CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case 3 << 3 | (uint)WireFormat.WireType.Varint:
                    trainer = trainer with { ModelType = input.ReadEnum() };
                    break;
                case 24 << 3 | (uint)WireFormat.WireType.Varint:
                    trainer = trainer with { PutsSpaceBehind = input.ReadBool() };
                    break;
                case 35 << 3 | (uint)WireFormat.WireType.Varint:
                    trainer = trainer with { HasByteFallback = input.ReadBool() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return trainer;
    }

    /// <summary>
    /// NormalizerSpec: 2 = precompiled_charsmap, 3 = add_dummy_prefix, 4 = remove_extra_whitespaces, 5 = escape_whitespaces.
    /// </summary>
    private static NormalizerRules ReadNormalizer(ByteString message)
    {
        var rules = new NormalizerRules([]);
        CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case 2 << 3 | (uint)WireFormat.WireType.LengthDelimited:
                    rules = rules with { CharacterMap = input.ReadBytes().ToByteArray() };
                    break;
                case 3 << 3 | (uint)WireFormat.WireType.Varint:
                    rules = rules with { AddsDummyPrefix = input.ReadBool() };
                    break;
                case 4 << 3 | (uint)WireFormat.WireType.Varint:
                    rules = rules with { RemovesExtraSpaces = input.ReadBool() };
                    break;
                case 5 << 3 | (uint)WireFormat.WireType.Varint:
                    rules = rules with { EscapesSpaces = input.ReadBool() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return rules;
    }

    private sealed record Trainer(int ModelType = UnigramModel, bool PutsSpaceBehind = false, bool HasByteFallback = false);
}
