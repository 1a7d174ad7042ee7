using System.Buffers.Binary;

namespace DistillStudio.Engine.Text;

/// <summary>
/// SentencePiece's compiled table of replacements (precompiled_charsmap): the length of a double array in bytes, the array
/// as darts-clone builds it, then the replacements, each closed by a zero byte.
/// </summary>
internal sealed class CharacterMap
{
    private const int HeaderBytes = sizeof(uint);

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private CharacterMap(uint[] units, byte[] replacements) => (_units, _replacements) = (units, replacements);

    /// <summary>Null for a table that is cut short or no table.</summary>
    public static CharacterMap? TryRead(ReadOnlySpan<byte> table)
    {
        if (table.IsEmpty)
        {
            return new([], []);
        }

        uint length = table.Length > HeaderBytes ? BinaryPrimitives.ReadUInt32LittleEndian(table) : 0;
        if (length == 0 || length % sizeof(uint) != 0 || length >= table.Length - HeaderBytes || table[^1] != 0)
        {
            return null;
        }

        uint[] units = new uint[length / sizeof(uint)];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[(HeaderBytes + (i * sizeof(uint)))..]);
        }

        return new(units, table[(HeaderBytes + (int)length)..].ToArray());
    }

    /// <summary>The longest rule at the start of the text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="replacement">What the rule puts in the place of what it matches; may be empty.</param>
    /// <returns>Bytes that it matches; 0 for no rule.</returns>
    public int LongestMatch(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        (int longest, uint value) = (0, 0);
        uint node = Offset(Unit(0));
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            uint unit = Unit(node);
            if (Label(unit) != text[i])
            {
                break;
            }

            node ^= Offset(unit);
            if (HasLeaf(unit))
            {
                (longest, value) = (i + 1, Unit(node) & int.MaxValue);
            }
        }

        replacement = longest > 0 && value < _replacements.Length ? _replacements.AsSpan((int)value) : default;
        int end = replacement.IndexOf((byte)0);
        replacement = end < 0 ? default : replacement[..end];
        return longest;
    }

    /// <summary>Does a rule begin with this?</summary>
    public bool IsPrefix(ReadOnlySpan<byte> text)
    {
        uint node = Offset(Unit(0));
        foreach (byte next in text)
        {
            node ^= next;
            uint unit = Unit(node);
            if (Label(unit) != next)
            {
                return false;
            }

            node ^= Offset(unit);
        }

        return true;
    }

    /// <summary>A place outside a damaged array matches nothing.</summary>
    private uint Unit(uint place) => place < _units.Length ? _units[place] : uint.MaxValue;

    private static bool HasLeaf(uint unit) => ((unit >> 8) & 1) != 0;

    /// <summary>A unit that holds a value has a label that is no byte.</summary>
    private static uint Label(uint unit) => unit & (1u << 31 | 0xFF);

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & (1u << 9)) >> 6);
}
