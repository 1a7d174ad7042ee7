using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>A storage with the numbers of one or several tensors: an entry of the zip.</summary>
internal sealed record TorchStorage(string Key, ScalarType Type, long Count);

/// <summary>A view within the bounds of a storage; offsets and strides count elements.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>True for row-major order without gaps.</summary>
    internal bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return Shape.Contains(0);
                }

                expected *= Shape[i];
            }

            return true;
        }
    }
}

/// <summary>Implements the only four functions that the pickle of a state dict calls.</summary>
/// <param name="path">The file, for messages.</param>
internal sealed class TorchPickleCalls(string path) : IPickleCalls
{
    public object? Call(PickleGlobal function, IReadOnlyList<object?> arguments) => function switch
    {
        ("collections", "OrderedDict") when arguments.Count == 0 => new Dictionary<object, object?>(),
        ("torch._utils", "_rebuild_tensor_v2") => BuildTensor(arguments),
        ("torch._utils", "_rebuild_parameter") when arguments is [TorchTensor tensor, ..] => tensor,
        _ => null,
    };

    /// <summary>Builds a tensor. Arguments: storage, offset, shape, strides, and two to three that are ignored.</summary>
    private TorchTensor BuildTensor(IReadOnlyList<object?> arguments)
    {
        if (arguments is not [PicklePersistent persistent, long offset, object?[] shapeValues, object?[] strideValues, ..]
            || !TryReadNumbers(shapeValues, out long[] shape) || !TryReadNumbers(strideValues, out long[] strides))
        {
            throw Bad("describes a tensor in an unknown way");
        }

        TorchStorage storage = FindStorage(persistent);
        if (shape.Length != strides.Length || strides.Any(stride => stride < 0) || offset < 0
            || !TensorBytes.TryCount(shape, 1, out long? count) || count > storage.Count)
        {
            throw Bad($"describes a tensor with an impossible shape {FileText.Shape(shape.Take(TensorBytes.MaxRank))}");
        }

        Int128 last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            last += (Int128)(shape[i] - 1) * strides[i];
        }

        return count == 0 || last < storage.Count
            ? new TorchTensor(storage, offset, shape, strides)
            : throw Bad($"describes a tensor of shape {FileText.Shape(shape)} that passes the end of its storage");
    }

    /// <summary>Finds a storage. The tuple contains 'storage', type, key, device, number of elements.</summary>
    private TorchStorage FindStorage(PicklePersistent persistent)
    {
        if (persistent.Id is not ["storage", PickleGlobal { Module: "torch" } type, string key, string, long count])
        {
            throw Bad("names a storage in an unknown way");
        }

        ScalarType scalarType = type.Name switch
        {
            "FloatStorage" => ScalarType.Float32,
            "DoubleStorage" => ScalarType.Float64,
            "HalfStorage" => ScalarType.Float16,
            "BFloat16Storage" => ScalarType.BFloat16,
            "LongStorage" => ScalarType.Int64,
            "IntStorage" => ScalarType.Int32,
            "ShortStorage" => ScalarType.Int16,
            "CharStorage" => ScalarType.Int8,
            "ByteStorage" => ScalarType.Byte,
            "BoolStorage" => ScalarType.Bool,
            _ => throw Bad($"has numbers of the kind {FileText.Text(type.Name)}"),
        };
        return TensorBytes.TryCount([count], sizeof(double), out _)
            ? new TorchStorage(key, scalarType, count)
            : throw Bad($"has a storage of {count} numbers");
    }

    private static bool TryReadNumbers(object?[] values, out long[] numbers)
    {
        numbers = [.. values.OfType<long>()];
        return numbers.Length == values.Length && numbers.Length <= TensorBytes.MaxRank;
    }

    private InputException Bad(string what) =>
        new($"{path} holds a pickle that {what}; use a {PyTorchFile.FileName} that current PyTorch wrote, or model.safetensors.");
}
