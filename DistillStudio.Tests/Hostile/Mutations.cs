using System.Buffers.Binary;
using System.Text;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Hostile;

/// <summary>Faults in a sound file, the same for the same seed.</summary>
internal static class Mutations
{
    private static readonly byte[] Marks = Encoding.ASCII.GetBytes("0123456789-[]{}\",:.\n");

    private static readonly long[] Edges = [
        0, 1, -1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue,
        long.MinValue,
    ];

    /// <summary>One to four faults: a changed bit, byte, digit or number, a cut, a doubled, moved or lost stretch.</summary>
    public static byte[] Spoil(byte[] sound, SeededRandom random)
    {
        List<byte> bytes = [.. sound];
        for (int fault = random.Next(4); fault >= 0 && bytes.Count > 0; fault--)
        {
            int place = random.Next(bytes.Count);
            int length = Math.Min(1 + random.Next(16), bytes.Count - place);
            switch (random.Next(8))
            {
                case 0:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[place] = Marks[random.Next(Marks.Length)];
                    break;
                case 3:
                    bytes.RemoveRange(place, length);
                    break;
                case 4:
                    bytes.InsertRange(place, bytes.GetRange(place, length));
                    break;
                case 5:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(place, length));
                    break;
                case 6:
                    byte[] number = new byte[sizeof(long)];
                    BinaryPrimitives.WriteInt64LittleEndian(number, Edges[random.Next(Edges.Length)]);
                    for (int i = 0; i < Math.Min(1 << random.Next(4), bytes.Count - place); i++)
                    {
                        bytes[place + i] = number[i];
                    }

                    break;
                default:
                    bytes.RemoveRange(place, random.Next(20) == 0 ? bytes.Count - place : 1);
                    break;
            }
        }

        return [.. bytes];
    }
}
