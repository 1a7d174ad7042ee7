using System.Buffers.Binary;
using System.Text;

namespace DistillStudio.Tests.Support;

/// <summary>Writes the bytes of a pickle, operation by operation.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _bytes = [0x80, 2];

    /// <summary>A state dict as PyTorch writes it, of float32 tensors that begin their storage.</summary>
    public static byte[] StateDict(params (string Name, string Storage, int Count, int Offset, int[] Shape, int[] Strides)[] tensors)
    {
        PickleWriter pickle = new PickleWriter().Global("collections", "OrderedDict").Operation(")R(");
        foreach ((string name, string storage, int count, int offset, int[] shape, int[] strides) in tensors)
        {
            pickle.Text(name).Global("torch._utils", "_rebuild_tensor_v2").Operation("((")
                .Text("storage").Global("torch", "FloatStorage").Text(storage).Text("cpu").Number(count).Operation("tQ")
                .Number(offset).Tuple(shape).Tuple(strides).Byte(0x89).Global("collections", "OrderedDict").Operation(")RtR");
        }

        return pickle.Operation("u").Operation("}b").End();
    }

    public PickleWriter Global(string module, string name)
    {
        _bytes.AddRange(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));
        return this;
    }

    public PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        _bytes.Add((byte)'X');
        _bytes.AddRange(length);
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Number(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _bytes.Add((byte)'J');
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Tuple(int[] numbers)
    {
        Operation("(");
        foreach (int number in numbers)
        {
            Number(number);
        }

        return Operation("t");
    }

    public PickleWriter Operation(string letters)
    {
        _bytes.AddRange(Encoding.ASCII.GetBytes(letters));
        return this;
    }

    public PickleWriter Byte(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public byte[] End()
    {
        Operation(".");
        return [.. _bytes];
    }
}
