using System.Buffers.Binary;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>
/// Reads a safetensors file: eight bytes with the length of a JSON header, the header, then the numbers
/// (https://github.com/huggingface/safetensors). The numbers of all tensors are adjacent, without gaps or overlaps.
/// </summary>
public sealed class SafetensorsFile : IWeightReader
{
    internal const int LengthBytes = 8;
    internal const string MetadataName = "__metadata__";
    private const int MaxHeaderBytes = 16 << 20; // a few hundred bytes per tensor
    private const int MaxTensors = 100_000;

    private readonly FileStream _stream;
    private readonly long _dataStart;
    private readonly Dictionary<string, WeightInfo> _weights = [];
    private readonly Dictionary<string, long> _starts = [];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>Opens a file and validates its header.</summary>
    /// <exception cref="InputException">The file cannot be read, or its header is too long, malformed or does not fit its data.</exception>
    public SafetensorsFile(string path)
    {
        Path = path;
        FileStandIn.Require(path);
        try
        {
            _stream = PlainFile.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a readable file.", e);
        }

        try
        {
            byte[] header = ReadHeader();
            _dataStart = LengthBytes + header.Length;
            ReadEntries(header);
        }
        catch (Exception e)
        {
            _stream.Dispose();
            if (e is JsonException or InvalidOperationException or IOException) // InvalidOperation: invalid Unicode
            {
                throw Bad("has a header that is not valid JSON", e);
            }

            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, WeightInfo> Weights => _weights;

    /// <summary>Names of the tensors in the order of their numbers.</summary>
    internal IEnumerable<string> NamesInOrder => _starts.OrderBy(start => start.Value).Select(start => start.Key);

    /// <summary>Metadata that the writer added.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public long CopyTo(string name, Tensor destination)
    {
        _stream.Position = _dataStart + _starts[name];
        try
        {
            return TensorBytes.Fill(destination, _weights[name].Type, _stream);
        }
        catch (IOException e)
        {
            throw Bad($"ends within {FileText.Text(name)}", e);
        }
    }

    public Stream? OpenStored(string name)
    {
        FileStream stream = PlainFile.OpenRead(Path, bufferSize: 0);
        stream.Position = _dataStart + _starts[name];
        return stream;
    }

    /// <summary>Reads a tensor in its stored number format, on the CPU.</summary>
    /// <param name="name">A name in <see cref="Weights"/>.</param>
    public Tensor Read(string name)
    {
        WeightInfo info = _weights[name];
        Tensor tensor = empty([.. info.Shape], info.Type);
        CopyTo(name, tensor);
        return tensor;
    }

    public void Dispose() => _stream.Dispose();

    private byte[] ReadHeader()
    {
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (_stream.Length < LengthBytes)
        {
            throw Bad("is too short to be a safetensors file");
        }

        _stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes)
        {
            throw Bad($"claims a header of {length} bytes, more than the {MaxHeaderBytes} that are allowed");
        }

        if (length > (ulong)(_stream.Length - LengthBytes))
        {
            throw Bad($"claims a header of {length} bytes but ends after {_stream.Length}");
        }

        byte[] header = new byte[length];
        _stream.ReadExactly(header);
        return header;
    }

    private void ReadEntries(byte[] header)
    {
        using JsonDocument document = LenientJson.Parse(header);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw Bad("has a header that is not a JSON object");
        }

        var ranges = new List<(long Start, long End, string Name)>();
        foreach (JsonProperty entry in document.RootElement.EnumerateObject())
        {
            if (entry.NameEquals(MetadataName))
            {
                ReadNotes(entry.Value);
                continue;
            }

            if (ranges.Count == MaxTensors)
            {
                throw Bad($"describes more than {MaxTensors} tensors");
            }

            (long start, long end) = ReadEntry(entry.Name, entry.Value);
            ranges.Add((start, end, entry.Name));
        }

        CheckRanges(ranges);
    }

    /// <summary>Reads the metadata. The format requires strings; other values from some writers are kept as raw text.</summary>
    private void ReadNotes(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty note in metadata.EnumerateObject())
        {
            _metadata[note.Name] = note.Value.ValueKind == JsonValueKind.String ? note.Value.GetString()! : LenientJson.RawText(note.Value);
        }
    }

    private (long Start, long End) ReadEntry(string name, JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !entry.TryGetProperty("shape", out JsonElement shapeJson) || !TryReadNumbers(shapeJson, out long[] shape)
            || !entry.TryGetProperty("data_offsets", out JsonElement offsetsJson) || !TryReadNumbers(offsetsJson, out long[] offsets)
            || offsets.Length != 2)
        {
            throw Bad($"describes {FileText.Text(name)} without a proper dtype, shape and data_offsets");
        }

        ScalarType type = SafetensorsTypes.Find(dtype.GetString()!)
            ?? throw new InputException($"{Path} holds {FileText.Text(name)} in the number format {FileText.Text(dtype.GetString()!)}, "
                + $"which is not one of {SafetensorsTypes.Names}; use the model's original weights if these are quantised.");
        int elementSize = (int)type.ElementSize();
        if (!TensorBytes.TryCount(shape, elementSize, out long? count))
        {
            throw Bad($"describes {FileText.Text(name)} with an impossible shape {FileText.Shape(shape)}");
        }

        if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != count * elementSize)
        {
            throw Bad($"gives {FileText.Text(name)} of shape {FileText.Shape(shape)} the bytes from {offsets[0]} to {offsets[1]}, "
                + $"which is not its size");
        }

        if (!_weights.TryAdd(name, new WeightInfo(type, shape)))
        {
            throw Bad($"describes {FileText.Text(name)} twice");
        }

        _starts[name] = offsets[0];
        return (offsets[0], offsets[1]);
    }

    private void CheckRanges(List<(long Start, long End, string Name)> ranges)
    {
        ranges.Sort();
        long end = 0;
        foreach ((long start, long next, string name) in ranges)
        {
            if (start != end)
            {
                throw Bad($"places {FileText.Text(name)} at byte {start}, "
                    + $"which {(start < end ? "overlaps the tensor before it" : "leaves a gap before it")}");
            }

            end = next;
        }

        long available = _stream.Length - _dataStart;
        if (end != available)
        {
            throw Bad($"holds {available} bytes of numbers where its header describes {end}");
        }
    }

    private static bool TryReadNumbers(JsonElement array, out long[] numbers)
    {
        numbers = [];
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > TensorBytes.MaxRank)
        {
            return false;
        }

        numbers = new long[array.GetArrayLength()];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (array[i].ValueKind != JsonValueKind.Number || !array[i].TryGetInt64(out numbers[i]))
            {
                return false;
            }
        }

        return true;
    }

    private InputException Bad(string what, Exception? cause = null) => new($"{Path} {what}; download the file again.", cause);
}
