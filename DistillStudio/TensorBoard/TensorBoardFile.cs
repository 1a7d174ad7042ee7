using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace DistillStudio.TensorBoard;

/// <summary>
/// Writes a TensorBoard event file: TFRecords, each an <c>Event</c> of tensorflow/core/util/event.proto with a wall time, a step and
/// scalars as <c>simple_value</c>.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    private const uint MaskDelta = 0xa282ead8; // a CRC over data that holds CRCs is weak: TFRecord masks them
    private const int LengthBytes = sizeof(ulong);
    private const int CrcBytes = sizeof(uint);

    // Tags of protocol buffers: number of the field times 8, plus the kind of its value.
    private const byte WallTime = (1 << 3) | 1;
    private const byte Step = 2 << 3;
    private const byte FileVersion = (3 << 3) | 2;
    private const byte Summary = (5 << 3) | 2;
    private const byte SessionLog = (7 << 3) | 2;
    private const byte SummaryValue = (1 << 3) | 2;
    private const byte ValueTag = (1 << 3) | 2;
    private const byte SimpleValue = (2 << 3) | 5;
    private const byte SessionStatus = 1 << 3;
    private const byte SessionStart = 1;

    private readonly Stream _stream;
    private readonly MemoryStream _event = new();
    private readonly MemoryStream _part = new();

    /// <param name="stream">Writable; disposed with this instance.</param>
    /// <param name="created">Time of the file's first record.</param>
    public TensorBoardFile(Stream stream, DateTimeOffset created)
    {
        _stream = stream;
        Begin(created, 0);
        WriteBytes(_event, FileVersion, "brain.Event:2"u8);
        End();
    }

    /// <summary>Returns the name that TensorBoard looks for.</summary>
    public static string NameAt(DateTimeOffset created) =>
        $"events.out.tfevents.{created.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.distillstudio";

    /// <summary>Records that the run resumes at this step: TensorBoard then drops the points of the folder's earlier files from there
    /// on.</summary>
    public void Restart(DateTimeOffset time, long step)
    {
        Begin(time, step);
        WriteBytes(_event, SessionLog, [SessionStatus, SessionStart]);
        End();
    }

    /// <summary>Appends one record with all values of a step; nothing if there are none.</summary>
    /// <param name="time">Wall time.</param>
    /// <param name="step">Step, from 0.</param>
    /// <param name="values">Values by tag.</param>
    public void Write(DateTimeOffset time, long step, IEnumerable<(string Tag, double Value)> values)
    {
        _part.SetLength(0);
        Span<byte> number = stackalloc byte[1 + sizeof(float)];
        number[0] = SimpleValue;
        foreach ((string tag, double value) in values)
        {
            byte[] name = Encoding.UTF8.GetBytes(tag);
            BinaryPrimitives.WriteSingleLittleEndian(number[1..], (float)value);
            byte[] whole = new byte[1 + VarintBytes((ulong)name.Length) + name.Length + number.Length];
            var writer = new MemoryStream(whole);
            WriteBytes(writer, ValueTag, name);
            writer.Write(number);
            WriteBytes(_part, SummaryValue, whole);
        }

        if (_part.Length > 0)
        {
            Begin(time, step);
            WriteBytes(_event, Summary, _part.GetBuffer().AsSpan(0, (int)_part.Length));
            End();
        }
    }

    public void Flush() => _stream.Flush();

    public void Dispose()
    {
        _stream.Dispose();
        _event.Dispose();
        _part.Dispose();
    }

    /// <summary>Returns the masked CRC-32C of TFRecord: rotated right by 15 bits, plus a constant.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte each in bytes)
        {
            crc = BitOperations.Crc32C(crc, each);
        }

        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }

    private static int VarintBytes(ulong value) => Math.Max(1, (70 - BitOperations.LeadingZeroCount(value)) / 7);

    private static void WriteVarint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }

    private static void WriteBytes(Stream stream, byte field, ReadOnlySpan<byte> bytes)
    {
        stream.WriteByte(field);
        WriteVarint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private void Begin(DateTimeOffset time, long step)
    {
        _event.SetLength(0);
        Span<byte> seconds = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(
            seconds, (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / (double)TimeSpan.TicksPerSecond);
        _event.WriteByte(WallTime);
        _event.Write(seconds);
        _event.WriteByte(Step);
        WriteVarint(_event, (ulong)step);
    }

    private void End()
    {
        ReadOnlySpan<byte> data = _event.GetBuffer().AsSpan(0, (int)_event.Length);
        Span<byte> head = stackalloc byte[LengthBytes + CrcBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[LengthBytes..], MaskedCrc(head[..LengthBytes]));
        Span<byte> tail = stackalloc byte[CrcBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(data));
        _stream.Write(head);
        _stream.Write(data);
        _stream.Write(tail);
    }
}
