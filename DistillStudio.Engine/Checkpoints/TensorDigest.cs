using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>
/// Digests of tensors, with which a run's record names its weights. They depend on names, types, shapes and numbers only: not on a file's
/// format, nor on the device.
/// </summary>
internal static class TensorDigest
{
    /// <summary>Returns the digest of a model's weights; the same for the same weights read from an exported folder.</summary>
    internal static string OfWeights(T5 model) => Of(model.named_parameters().Select(weight => (weight.name, (Tensor)weight.parameter)));

    /// <summary>
    /// Returns SHA-256, as lower-case hexadecimal digits, of each tensor's name, type, shape and numbers in row-major order. The tensors are
    /// taken in ordinal order of their names.
    /// </summary>
    internal static string Of(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        using var digest = SHA256.Create();
        using (var digested = new CryptoStream(Stream.Null, digest, CryptoStreamMode.Write))
        {
            foreach ((string name, Tensor tensor) in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
            {
                digested.Write(Encoding.UTF8.GetBytes($"{name}\0{SafetensorsTypes.NameOf(tensor.dtype)}\0{string.Join(',', tensor.shape)}\0"));
                TensorBytes.Write(tensor, digested);
            }
        }

        return Convert.ToHexStringLower(digest.Hash!);
    }
}
