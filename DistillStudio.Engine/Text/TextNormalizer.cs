using System.Text;

namespace DistillStudio.Engine.Text;

/// <summary>Does a prepared text begin with a space, which makes its first characters the start of a word?</summary>
internal enum LeadingSpace
{
    /// <summary>As the vocabulary's rules say; T5's say yes.</summary>
    AsTrained,
    Always,

    /// <summary>Where the text itself does.</summary>
    Kept,
    Never,
}

/// <summary>Prepares text as SentencePiece does: replaces characters, drops extra spaces and marks the others.</summary>
internal sealed class TextNormalizer
{
    /// <summary>Stands for a space within pieces, U+2581.</summary>
    public const string SpaceMark = "\u2581";

    private static readonly byte[] Space = " "u8.ToArray();
    private static readonly byte[] EscapedSpace = Encoding.UTF8.GetBytes(SpaceMark);

    private readonly NormalizerRules _rules;
    private readonly CharacterMap _map;
    private readonly PieceTrie? _userDefined;
    private readonly byte[] _space;

    /// <summary>Bytes that stand for themselves wherever another of ASCII, or nothing, follows.</summary>
    private readonly bool[] _isPlain = new bool[256];

    /// <param name="map">That of <paramref name="rules"/>.</param>
    /// <param name="userDefined">Texts that are left as they are; null for none.</param>
    public TextNormalizer(NormalizerRules rules, CharacterMap map, PieceTrie? userDefined)
    {
        (_rules, _map, _userDefined) = (rules, map, userDefined);
        _space = rules.EscapesSpaces ? EscapedSpace : Space;
        for (int first = 0; first < 0x80; first++)
        {
            _isPlain[first] = IsPlain((byte)first);
        }
    }

    /// <summary>Appends the prepared text.</summary>
    /// <param name="text">UTF-8.</param>
    public void Normalize(ReadOnlySpan<byte> text, ByteBuffer output, LeadingSpace leading = LeadingSpace.AsTrained)
    {
        bool removesExtra = _rules.RemovesExtraSpaces;
        bool hasSpace = false;
        while (removesExtra && !text.IsEmpty && Next(text, out int length).SequenceEqual(Space))
        {
            text = text[length..];
            hasSpace = true;
        }

        if (text.IsEmpty)
        {
            return;
        }

        bool addsDummyPrefix = leading == LeadingSpace.AsTrained && _rules.AddsDummyPrefix;
        if ((addsDummyPrefix && !_rules.PutsSpaceBehind) || leading == LeadingSpace.Always || (leading == LeadingSpace.Kept && hasSpace))
        {
            output.Append(_space);
        }

        bool wasSpace = removesExtra;
        for (int at = 0; at < text.Length;)
        {
            byte first = text[at];
            if (_isPlain[first] && (at + 1 == text.Length || text[at + 1] < 0x80))
            {
                at++;
                if (first != ' ')
                {
                    output.Append(first);
                }
                else if (!wasSpace)
                {
                    output.Append(_space);
                }

                wasSpace = removesExtra && first == ' ';
                continue;
            }

            ReadOnlySpan<byte> next = Next(text[at..], out int length);
            at += length;
            next = wasSpace ? next.TrimStart((byte)' ') : next;
            if (!next.IsEmpty)
            {
                Append(next, output);
                wasSpace = removesExtra && next[^1] == ' ';
            }
        }

        while (removesExtra && output.Written.EndsWith(_space))
        {
            output.Length -= _space.Length;
        }

        if (addsDummyPrefix && _rules.PutsSpaceBehind)
        {
            output.Append(_space);
        }
    }

    /// <summary>What the text's first character becomes, or its first characters where a rule takes several.</summary>
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int length)
    {
        length = _userDefined?.LongestMatch(text) ?? 0;
        if (length > 0)
        {
            return text[..length];
        }

        length = _map.LongestMatch(text, out ReadOnlySpan<byte> replacement);
        if (length > 0)
        {
            return replacement;
        }

        Rune.DecodeFromUtf8(text, out _, out length);
        return text[..length];
    }

    private void Append(ReadOnlySpan<byte> text, ByteBuffer output)
    {
        for (int space = text.IndexOf((byte)' '); _rules.EscapesSpaces && space >= 0; space = text.IndexOf((byte)' '))
        {
            output.Append(text[..space]);
            output.Append(_space);
            text = text[(space + 1)..];
        }

        output.Append(text);
    }

    private bool IsPlain(byte first)
    {
        if (_map.LongestMatch([first], out _) > 0 || _userDefined?.IsPrefix([first]) == true)
        {
            return false;
        }

        for (byte second = 0; second < 0x80; second++)
        {
            if (_map.IsPrefix([first, second]))
            {
                return false;
            }
        }

        return true;
    }
}
