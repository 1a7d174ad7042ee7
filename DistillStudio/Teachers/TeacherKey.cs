using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>
/// An endpoint's key. It is read for each request and stored nowhere; <see cref="Redact"/> removes it from responses.
/// </summary>
internal sealed class TeacherKey
{
    private const int ShortestSecret = 6;
    private const string Instead = "[key]";

    private readonly string? _key;

    private TeacherKey(string? key) => _key = key;

    /// <summary>Null for an endpoint without a key.</summary>
    public string? Value => _key;

    /// <summary>Reads the key; an endpoint on this machine usually needs none, so a missing variable is not an error.</summary>
    /// <exception cref="InputException">The file cannot be read or can be read by others, or the key cannot be sent. The key is never part
    /// of the message.</exception>
    public static TeacherKey Read(TeacherAddress address)
    {
        string where = address.KeyFile ?? $"Environment variable {address.KeyVariable}";
        string? key = address.KeyFile is { } file ? SecretFile.Read(file, "the key")
            : Environment.GetEnvironmentVariable(address.KeyVariable);
        key = key?.Trim();
        if (string.IsNullOrEmpty(key))
        {
            return address.KeyFile is null && address.KeyVariable == TeacherAddress.UsualVariable
                ? new TeacherKey(null)
                : throw new InputException($"{where} holds no key; put the endpoint's key there.");
        }

        return key.Any(c => c is < '!' or > '~')
            ? throw new InputException($"{where} holds no key: it has blanks, line breaks or invalid characters; put the key there, "
                + $"alone and on one line.")
            : new TeacherKey(key);
    }

    /// <summary>Replaces every occurrence of the key in a text.</summary>
    public string Redact(string text) => _key is null || _key.Length < ShortestSecret ? text
        : text.Replace(_key, Instead, StringComparison.Ordinal).Replace(Uri.EscapeDataString(_key), Instead, StringComparison.Ordinal);
}
