using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Maps number formats to their names in a safetensors header.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, ScalarType Type)[] Known =
    [
        ("F64", ScalarType.Float64),
        ("F32", ScalarType.Float32),
        ("F16", ScalarType.Float16),
        ("BF16", ScalarType.BFloat16),
        ("I64", ScalarType.Int64),
        ("I32", ScalarType.Int32),
        ("I16", ScalarType.Int16),
        ("I8", ScalarType.Int8),
        ("U8", ScalarType.Byte),
        ("BOOL", ScalarType.Bool),
    ];

    /// <summary>All names, for a message.</summary>
    internal static string Names => string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Returns null if the name is unknown.</summary>
    internal static ScalarType? Find(string name)
    {
        foreach ((string known, ScalarType type) in Known)
        {
            if (known == name)
            {
                return type;
            }
        }

        return null;
    }

    /// <exception cref="ArgumentException">The format has no name.</exception>
    internal static string NameOf(ScalarType type)
    {
        foreach ((string name, ScalarType known) in Known)
        {
            if (known == type)
            {
                return name;
            }
        }

        throw new ArgumentException($"A safetensors file cannot hold {type}.", nameof(type));
    }
}
