using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Access;

/// <summary>The access token. Only its hash is stored, except for a generated token, which must be shown once.</summary>
internal sealed class AccessToken
{
    public const string Variable = "DISTILLSTUDIO_TOKEN";

    /// <summary>Minimum length in characters of a token chosen by the user.</summary>
    public const int Shortest = 16;

    private const int Longest = 1024;
    private const int MadeBytes = 32;

    private readonly byte[] _hash;

    private AccessToken(string token, bool isMade)
    {
        _hash = Hash(token);
        Generated = isMade ? token : null;
        Stamp = isMade ? "made" : Convert.ToHexString(Hash(Variable + token));
    }

    /// <summary>The token if the program generated it; null for a token given by the user, which is never shown.</summary>
    public string? Generated { get; }

    /// <summary>
    /// Stored in each cookie: a changed <see cref="Variable"/> invalidates earlier sign-ins. A generated token changes with every start
    /// and does not invalidate any.
    /// </summary>
    public string Stamp { get; }

    /// <exception cref="InputException">The token is too short, too long or contains blanks or non-ASCII characters.</exception>
    public static AccessToken Given(string token) =>
        token.Length is >= Shortest and <= Longest && token.All(c => c is > ' ' and <= '~')
            ? new(token, isMade: false)
            : throw new InputException($"{Variable} must have {Shortest} to {Longest} characters, all of them ASCII and not blank; "
                + $"choose another, or unset it to have one generated.");

    public static AccessToken Generate() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(MadeBytes)), isMade: true);

    /// <summary>Compares in constant time.</summary>
    public bool IsRight(string given) => CryptographicOperations.FixedTimeEquals(Hash(given), _hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
