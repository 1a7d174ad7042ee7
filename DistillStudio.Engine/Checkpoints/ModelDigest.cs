using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Text;
using TorchSharp.Modules;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Digests of a model's parts: SHA-256 in lower-case hexadecimal.</summary>
internal static class ModelDigest
{
    /// <summary>Returns the digest of everything in the config that affects the model or its training.</summary>
    public static string OfConfig(T5Config config) => Sha256(JsonSerializer.Serialize(config));

    public static string OfTokenizer(T5Tokenizer tokenizer) => Sha256(tokenizer.Fingerprint);

    /// <summary>
    /// Returns the digest of the weights: names, shapes and float32 values. Does not depend on the format of a file, and tells random
    /// weights of different seeds apart. Reads the weights once, on all cores.
    /// </summary>
    /// <param name="model">Model on the CPU.</param>
    public static string OfWeights(T5 model)
    {
        (string Name, Parameter Parameter)[] weights = [.. model.named_parameters().OrderBy(weight => weight.name, StringComparer.Ordinal)];
        string[] lines = new string[weights.Length];
        Parallel.For(0, weights.Length, i => lines[i] = Line(weights[i].Name, weights[i].Parameter));
        return Sha256(string.Join('\n', lines));
    }

    private static string Line(string name, Parameter parameter)
    {
        using var digest = SHA256.Create();
        using (var digested = new CryptoStream(Stream.Null, digest, CryptoStreamMode.Write))
        {
            TensorBytes.Write(parameter, digested);
        }

        return $"{name} {string.Join('x', parameter.shape)} {Convert.ToHexStringLower(digest.Hash!)}";
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
