using System.Buffers.Binary;
using System.Text;

namespace DistillStudio.Tests.Support;

/// <summary>One scalar of an event file.</summary>
internal sealed record ScalarPoint(string Tag, long Step, double WallTime, float Value);

/// <summary>
/// Reads TFRecords of scalars, written from the formats' definitions and not from the writer: the CRC bit by bit, the protocol buffer field
/// by field.
/// </summary>
internal sealed class TensorBoardReader
{
    private TensorBoardReader(List<ScalarPoint> points, List<long> restarts, string version) =>
        (Points, Restarts, Version) = (points, restarts, version);

    public IReadOnlyList<ScalarPoint> Points { get; }

    /// <summary>Steps at which a session starts.</summary>
    public IReadOnlyList<long> Restarts { get; }

    public string Version { get; }

    public static TensorBoardReader Read(byte[] file)
    {
        List<ScalarPoint> points = [];
        List<long> restarts = [];
        string version = "";
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            byte[] record = file[(at + 12)..(at + 12 + length)];
            Assert.Equal(Masked(record), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            at += 16 + length;

            List<(int Field, ulong Number, byte[] Bytes)> fields = Fields(record);
            double time = BitConverter.UInt64BitsToDouble(fields.Single(field => field.Field == 1).Number);
            long step = (long)fields.Single(field => field.Field == 2).Number;
            version = fields.Where(field => field.Field == 3).Select(field => Encoding.UTF8.GetString(field.Bytes)).DefaultIfEmpty(version)
                .Single();
            restarts.AddRange(fields.Where(field => field.Field == 7).Select(field => (Assert.Single(Fields(field.Bytes)), step).step));
            points.AddRange(
                from summary in fields
                where summary.Field == 5
                from value in Fields(summary.Bytes)
                let parts = Fields(value.Bytes)
                select new ScalarPoint(
                    Encoding.UTF8.GetString(parts[0].Bytes), step, time, BitConverter.UInt32BitsToSingle((uint)parts[1].Number)));
        }

        return new(points, restarts, version);
    }

    internal static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte each in bytes)
        {
            crc ^= each;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static List<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        List<(int, ulong, byte[])> fields = [];
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint();
            ulong number = 0;
            byte[] bytes = [];
            switch (tag & 7)
            {
                case 0:
                    number = Varint();
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint();
                    bytes = message[at..(at += length)];
                    break;
                default:
                    Assert.Equal(5UL, tag & 7);
                    number = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at));
                    at += 4;
                    break;
            }

            fields.Add(((int)(tag >> 3), number, bytes));
        }

        return fields;

        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = message[at++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }
        }
    }
}
