using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Text;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Digests of a model's parts: SHA-256 in lower-case hexadecimal.</summary>
internal static class ModelDigest
{
    /// <summary>Returns the digest of everything in the config that affects the model or its training.</summary>
    public static string OfConfig(T5Config config) => Sha256(JsonSerializer.Serialize(config));

    public static string OfTokenizer(T5Tokenizer tokenizer) => Sha256(tokenizer.Fingerprint);

    /// <summary>
    /// Returns the digest of the weights: names, shapes and float32 values. Does not depend on the format of a file, and distinguishes
    /// random weights of different seeds. Reads the weights once, on all cores.
    /// </summary>
    public static string OfWeights(T5 model) => Of(model.named_parameters().Select(weight => (weight.name, (Tensor)weight.parameter)));

    /// <summary>Returns the digest of tensors as that of weights: names, shapes and values, whatever their order and device.</summary>
    public static string Of(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        (string Name, Tensor Tensor)[] ordered = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        string[] lines = new string[ordered.Length];

        // The threads below read on the GPU's default stream, which does not wait for the stream that computes.
        foreach (Device device in ordered.Select(tensor => tensor.Tensor.device).DistinctBy(device => device.ToString()))
        {
            Devices.Synchronize(device);
        }

        Parallel.For(0, ordered.Length, i => lines[i] = Line(ordered[i].Name, ordered[i].Tensor));
        return Sha256(string.Join('\n', lines));
    }

    private static string Line(string name, Tensor tensor)
    {
        using var digest = SHA256.Create();
        using (var digested = new CryptoStream(Stream.Null, digest, CryptoStreamMode.Write))
        {
            TensorBytes.Write(tensor, digested);
        }

        return $"{name} {string.Join('x', tensor.shape)} {Convert.ToHexStringLower(digest.Hash!)}";
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
