using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using Google.Protobuf;

namespace DistillStudio.TensorBoard;

/// <summary>One scalar of an event file.</summary>
/// <param name="WallTime">Seconds since 1970.</param>
internal readonly record struct Scalar(string Tag, long Step, double WallTime, double Value);

/// <summary>The content of a record.</summary>
/// <param name="Scalars">Its scalars; empty for most other records.</param>
/// <param name="RestartsAt">The step from which a session that starts here overwrites earlier points; null for most.</param>
internal sealed record ScalarRecord(IReadOnlyList<Scalar> Scalars, long? RestartsAt);

/// <summary>
/// Reads scalars from records of tensorflow/core/util/event.proto: as <c>simple_value</c>, which PyTorch and TensorFlow 1 write, and as a
/// tensor of one number, which TensorFlow 2 writes.
/// </summary>
internal static class ScalarEvents
{
    private const int Float = 1;
    private const int Double = 2;
    private const int SessionStart = 1;

    /// <exception cref="InputException">A file cannot be read, or is damaged.</exception>
    public static IEnumerable<ScalarRecord> Read(string path, CancellationToken stop)
    {
        foreach (byte[] record in TensorBoardRecords.Read(path, stop))
        {
            ScalarRecord read;
            try
            {
                read = Event(record);
            }
            catch (InvalidProtocolBufferException e)
            {
                throw new InputException($"{path} holds a record that is not a TensorBoard event ({e.Message.TrimEnd('.')}); "
                    + $"copy the file again.", e);
            }

            yield return read;
        }
    }

    private static ScalarRecord Event(byte[] record)
    {
        (double time, long step, bool isStart) = (0, 0, false);
        var values = new List<(string Tag, double Value)>();
        var input = new CodedInputStream(record);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    time = input.ReadDouble();
                    break;
                case 2:
                    step = input.ReadInt64();
                    break;
                case 5:
                    values.AddRange(Summary(input.ReadBytes()));
                    break;
                case 7:
                    isStart = Status(input.ReadBytes()) == SessionStart;
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new([.. values.Select(value => new Scalar(value.Tag, step, time, value.Value))], isStart ? step : null);
    }

    private static int Status(ByteString log)
    {
        CodedInputStream input = log.CreateCodedInput();
        int status = 0;
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1)
            {
                status = input.ReadEnum();
            }
            else
            {
                input.SkipLastField();
            }
        }

        return status;
    }

    private static IEnumerable<(string Tag, double Value)> Summary(ByteString summary)
    {
        CodedInputStream input = summary.CreateCodedInput();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) != 1)
            {
                input.SkipLastField();
            }
            else if (Value(input.ReadBytes()) is { } value)
            {
                yield return value;
            }
        }
    }

    /// <summary>Returns null for anything but a scalar.</summary>
    private static (string Tag, double Value)? Value(ByteString value)
    {
        CodedInputStream input = value.CreateCodedInput();
        string name = "";
        double? number = null;
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    name = input.ReadString();
                    break;
                case 2:
                    number = input.ReadFloat();
                    break;
                case 8:
                    number = Tensor(input.ReadBytes());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return number is { } known ? (name, known) : null;
    }

    /// <summary>Returns the number in a tensor of one float or double; null for any other tensor.</summary>
    private static double? Tensor(ByteString tensor)
    {
        CodedInputStream input = tensor.CreateCodedInput();
        int type = 0;
        var numbers = new List<double>();
        ByteString content = ByteString.Empty;
        while (input.ReadTag() is not 0 and var tag)
        {
            int field = WireFormat.GetTagFieldNumber(tag);
            bool isPacked = WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
            switch (field)
            {
                case 1:
                    type = input.ReadEnum();
                    break;
                case 4:
                    content = input.ReadBytes();
                    break;
                case 5:
                    numbers.AddRange(isPacked ? Floats(input.ReadBytes()) : [input.ReadFloat()]);
                    break;
                case 6:
                    numbers.AddRange(isPacked ? Doubles(input.ReadBytes()) : [input.ReadDouble()]);
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        if (content.Length > 0)
        {
            numbers = type == Float ? [.. Floats(content)] : type == Double ? [.. Doubles(content)] : [];
        }

        return numbers.Count == 1 ? numbers[0] : null;
    }

    private static double[] Floats(ByteString bytes) =>
        bytes.Length % sizeof(float) == 0 ? [.. MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray().Select(value => (double)value)] : [];

    private static double[] Doubles(ByteString bytes) =>
        bytes.Length % sizeof(double) == 0 ? MemoryMarshal.Cast<byte, double>(bytes.Span).ToArray() : [];
}
