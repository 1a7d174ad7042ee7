using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Writes safetensors files, optionally sealed with a digest, and verifies the seal.</summary>
public static class SafetensorsWriter
{
    private const string SealName = "sha256";

    /// <summary>Writes a file atomically, with the tensors in the given order.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="tensors">Unique names, and tensors on any device.</param>
    /// <param name="metadata">Additional metadata; Hugging Face's readers require <c>format: pt</c>.</param>
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] header = WriteHeader(tensors, metadata);
        AtomicFile.Write(path, stream => Write(stream, header, tensors));
    }

    /// <summary>
    /// Does the same as <see cref="Write(string, IReadOnlyList{ValueTuple{string, Tensor}}, IReadOnlyDictionary{string, string})"/>,
    /// with a last tensor <c>sha256</c>: the digest of every byte before it.
    /// </summary>
    public static void WriteSealed(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using Tensor place = zeros(SHA256.HashSizeInBytes, ScalarType.Byte);
        byte[] header = WriteHeader([.. tensors, (SealName, place)], metadata);
        Seal(path, stream => Write(stream, header, tensors));
    }

    /// <summary>
    /// Copies a file of <see cref="WriteSealed(string, IReadOnlyList{ValueTuple{string, Tensor}}, IReadOnlyDictionary{string, string})"/>
    /// with other metadata, byte by byte and without loading its tensors.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written, or the source ends early.</exception>
    public static void CopySealed(string path, SafetensorsFile source, IReadOnlyDictionary<string, string> metadata)
    {
        string[] names = [.. source.NamesInOrder];
        byte[] header = WriteHeader([.. names.Select(name => (name, source.Weights[name]))], metadata);
        Seal(path, stream =>
        {
            WritePrefix(stream, header);
            foreach (string name in names.Where(name => name != SealName))
            {
                using Stream stored = source.OpenStored(name)!;
                CopyExactly(stored, stream, BytesOf(source.Weights[name]));
            }
        });
    }

    /// <summary>Returns true if the file is bit for bit what was sealed.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsIntact(string path)
    {
        using FileStream file = PlainFile.OpenRead(path);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[1 << 20];
        for (long left = file.Length - SHA256.HashSizeInBytes; left > 0;)
        {
            int read = file.Read(piece, 0, (int)Math.Min(piece.Length, left));
            digest.AppendData(piece, 0, read);
            left -= read;
            if (read == 0)
            {
                return false;
            }
        }

        byte[] seal = new byte[SHA256.HashSizeInBytes];
        return file.ReadAtLeast(seal, seal.Length, throwOnEndOfStream: false) == seal.Length
            && digest.GetHashAndReset().AsSpan().SequenceEqual(seal);
    }

    /// <summary>Writes a file atomically, followed by the digest of what <paramref name="write"/> wrote.</summary>
    private static void Seal(string path, Action<Stream> write) => AtomicFile.Write(path, stream =>
    {
        using var digest = SHA256.Create();
        using (var digested = new CryptoStream(stream, digest, CryptoStreamMode.Write, leaveOpen: true))
        {
            write(digested);
        }

        stream.Write(digest.Hash);
    });

    private static void CopyExactly(Stream from, Stream to, long bytes)
    {
        byte[] piece = new byte[1 << 20];
        for (long left = bytes; left > 0;)
        {
            int length = (int)Math.Min(piece.Length, left);
            from.ReadExactly(piece, 0, length);
            to.Write(piece, 0, length);
            left -= length;
        }
    }

    private static void WritePrefix(Stream stream, byte[] header)
    {
        Span<byte> length = stackalloc byte[SafetensorsFile.LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
    }

    private static void Write(Stream stream, byte[] header, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        WritePrefix(stream, header);
        foreach ((string _, Tensor tensor) in tensors)
        {
            TensorBytes.Write(tensor, stream);
        }
    }

    private static long BytesOf(WeightInfo weight) => weight.Count * weight.Type.ElementSize();

    private static byte[] WriteHeader(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata) =>
        WriteHeader([.. tensors.Select(pair => (pair.Name, new WeightInfo(pair.Tensor.dtype, pair.Tensor.shape)))], metadata);

    private static byte[] WriteHeader(IReadOnlyList<(string Name, WeightInfo Weight)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName(SafetensorsFile.MetadataName);
            JsonSerializer.Serialize(json, metadata);
            long start = 0;
            foreach ((string name, WeightInfo weight) in tensors)
            {
                long end = start + BytesOf(weight);
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsTypes.NameOf(weight.Type));
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, weight.Shape);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, new[] { start, end });
                json.WriteEndObject();
                start = end;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % SafetensorsFile.LengthBytes != 0)
        {
            buffer.WriteByte((byte)' '); // aligns the numbers
        }

        return buffer.ToArray();
    }
}
