using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
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
        AtomicFile.Write(path, stream =>
        {
            using var digest = SHA256.Create();
            using (var digested = new CryptoStream(stream, digest, CryptoStreamMode.Write, leaveOpen: true))
            {
                Write(digested, header, tensors);
            }

            stream.Write(digest.Hash);
        });
    }

    /// <summary>Returns true if the file is bit for bit what <see cref="WriteSealed"/> wrote.</summary>
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

    private static void Write(Stream stream, byte[] header, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        Span<byte> length = stackalloc byte[SafetensorsFile.LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((string _, Tensor tensor) in tensors)
        {
            TensorBytes.Write(tensor, stream);
        }
    }

    private static byte[] WriteHeader(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName(SafetensorsFile.MetadataName);
            JsonSerializer.Serialize(json, metadata);
            long start = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                long end = start + (tensor.numel() * tensor.element_size());
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsTypes.NameOf(tensor.dtype));
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, tensor.shape);
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
