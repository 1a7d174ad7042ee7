using System.IO.Compression;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>
/// Reads a state dict saved by PyTorch (the zip format, since PyTorch 1.6): a pickle that describes the tensors, and the numbers
/// of each storage in a separate entry. Tensors that share a storage, such as tied weights, both read it.
/// </summary>
public sealed class PyTorchFile : IWeightReader
{
    public const string FileName = "pytorch_model.bin";

    private const int MaxPickleBytes = 16 << 20; // a few hundred bytes per tensor
    private const string PickleName = "/data.pkl";

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, WeightInfo> _weights = [];
    private readonly Dictionary<string, TorchTensor> _tensors = [];
    private readonly Dictionary<string, ZipArchiveEntry> _storages = [];

    /// <summary>Opens a file and reads its description of the tensors.</summary>
    /// <exception cref="InputException">The file is not such a zip, or its pickle is malformed, calls a function that is not allowed, or
    /// does not match the storages.</exception>
    public PyTorchFile(string path)
    {
        Path = path;
        FileStandIn.Require(path);
        try
        {
            _zip = new ZipArchive(PlainFile.OpenRead(path), ZipArchiveMode.Read);
        }
        catch (InvalidDataException e)
        {
            throw Bad("is not a complete zip file as PyTorch 1.6 and later write it", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a readable file.", e);
        }

        try
        {
            ReadDescription();
        }
        catch (Exception e)
        {
            _zip.Dispose();
            if (e is InvalidDataException or IOException or NotSupportedException)
            {
                throw Bad("is a damaged zip file", e);
            }

            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, WeightInfo> Weights => _weights;

    public long CopyTo(string name, Tensor destination)
    {
        TorchTensor tensor = _tensors[name];
        try
        {
            using Stream stream = _storages[tensor.Storage.Key].Open();
            if (tensor.IsContiguous)
            {
                Skip(stream, tensor.Offset * tensor.Storage.Type.ElementSize());
                return TensorBytes.Fill(destination, tensor.Storage.Type, stream);
            }

            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor storage = empty([tensor.Storage.Count], tensor.Storage.Type);
            TensorBytes.Fill(storage, tensor.Storage.Type, stream);
            destination.copy_(storage.as_strided(tensor.Shape, tensor.Strides, tensor.Offset));
            return TensorBytes.CountNotFinite(destination);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Bad($"ends within {FileText.Text(name)}", e);
        }
    }

    public bool IsSameStorage(string first, string second)
    {
        (TorchTensor a, TorchTensor b) = (_tensors[first], _tensors[second]);
        return a.Storage.Key == b.Storage.Key && a.Offset == b.Offset && a.Shape.SequenceEqual(b.Shape)
            && a.Strides.SequenceEqual(b.Strides);
    }

    public Stream? OpenStored(string name)
    {
        TorchTensor tensor = _tensors[name];
        if (!tensor.IsContiguous)
        {
            return null;
        }

        Stream stream = _storages[tensor.Storage.Key].Open();
        Skip(stream, tensor.Offset * tensor.Storage.Type.ElementSize());
        return stream;
    }

    public void Dispose() => _zip.Dispose();

    private void ReadDescription()
    {
        var entries = new Dictionary<string, ZipArchiveEntry>();
        foreach (ZipArchiveEntry entry in _zip.Entries)
        {
            if (!entries.TryAdd(entry.FullName, entry))
            {
                throw Bad($"holds the entry {FileText.Text(entry.FullName)} twice");
            }
        }

        ZipArchiveEntry[] pickles = [.. entries.Values.Where(entry => entry.FullName.EndsWith(PickleName, StringComparison.Ordinal))];
        if (pickles.Length != 1)
        {
            throw Bad($"holds {pickles.Length} entries named data.pkl, not one as PyTorch writes it");
        }

        string root = pickles[0].FullName[..^PickleName.Length];
        CheckByteOrder(entries, root);
        byte[] pickle = ReadWhole(pickles[0], MaxPickleBytes);
        if (PickleMachine.Run(pickle, Path, new TorchPickleCalls(Path)) is not Dictionary<object, object?> state)
        {
            throw Bad("holds something other than a dictionary of tensors");
        }

        foreach ((object name, object? value) in state)
        {
            if (name is not string key || value is not TorchTensor tensor)
            {
                throw Bad($"holds {FileText.Text(name.ToString()!)}, which is not a named tensor");
            }

            CheckStorage(entries, root, tensor.Storage, key);
            _tensors.Add(key, tensor);
            _weights.Add(key, new WeightInfo(tensor.Storage.Type, tensor.Shape));
        }
    }

    private void CheckByteOrder(Dictionary<string, ZipArchiveEntry> entries, string root)
    {
        if (entries.TryGetValue($"{root}/byteorder", out ZipArchiveEntry? entry)
            && !ReadWhole(entry, 16).AsSpan().SequenceEqual("little"u8))
        {
            throw Bad("was written on a machine with another byte order");
        }
    }

    private void CheckStorage(Dictionary<string, ZipArchiveEntry> entries, string root, TorchStorage storage, string tensor)
    {
        if (!entries.TryGetValue($"{root}/data/{storage.Key}", out ZipArchiveEntry? entry))
        {
            throw Bad($"lacks the numbers of {FileText.Text(tensor)}");
        }

        CheckStored(entry);
        if (entry.Length != storage.Count * storage.Type.ElementSize())
        {
            throw Bad($"holds {entry.Length} bytes for {FileText.Text(tensor)} although its description requires {storage.Count} numbers "
                + $"of {storage.Type}");
        }

        _storages[storage.Key] = entry;
    }

    /// <summary>
    /// Checks that an entry is not compressed: PyTorch never compresses, and a compressed entry could expand without limit.
    /// </summary>
    private void CheckStored(ZipArchiveEntry entry)
    {
        if (entry.CompressedLength != entry.Length)
        {
            throw Bad($"has the compressed entry {FileText.Text(entry.FullName)}");
        }
    }

    private byte[] ReadWhole(ZipArchiveEntry entry, int limit)
    {
        CheckStored(entry);
        if (entry.Length > limit)
        {
            throw Bad($"has an entry {FileText.Text(entry.FullName)} of {entry.Length} bytes, more than the {limit} that are allowed");
        }

        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void Skip(Stream stream, long count)
    {
        byte[] scratch = new byte[(int)Math.Min(count, 1 << 16)];
        while (count > 0)
        {
            int part = (int)Math.Min(count, scratch.Length);
            stream.ReadExactly(scratch, 0, part);
            count -= part;
        }
    }

    private InputException Bad(string what, Exception? cause = null) =>
        new($"{Path} {what}; download the file again, or use model.safetensors.", cause);
}
