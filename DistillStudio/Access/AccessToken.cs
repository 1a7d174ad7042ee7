using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Access;

/// <summary>What a visitor must know. Only its hash is kept, but for a made one, which has to be shown once.</summary>
internal sealed class AccessToken
{
    public const string Variable = "DISTILLSTUDIO_TOKEN";

    /// <summary>Characters of a token that a person chose.</summary>
    public const int Shortest = 16;

    private const int Longest = 1024;
    private const int MadeBytes = 32;

    private readonly byte[] _hash;

    private AccessToken(string token, bool isMade)
    {
        _hash = Hash(token);
        Made = isMade ? token : null;
        Stamp = isMade ? "made" : Convert.ToHexString(Hash(Variable + token));
    }

    /// <summary>The token where the program made it; null where it came from outside, which is never shown.</summary>
    public string? Made { get; }

    /// <summary>Goes into each cookie: another <see cref="Variable"/> ends the sign-ins with the one before, while a made token changes with every start and ends none.</summary>
    public string Stamp { get; }

    /// <exception cref="InputException">It is too short, too long or holds blanks.</exception>
    public static AccessToken Given(string token) =>
        token.Length is >= Shortest and <= Longest && token.All(c => c is > ' ' and <= '~')
            ? new(token, isMade: false)
            : throw new InputException($"{Variable} must have {Shortest} to {Longest} characters, none of them blank or beyond ASCII; take a longer one, or unset it to have one made.");

    public static AccessToken Make() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(MadeBytes)), isMade: true);

    /// <summary>Takes as long wherever the two differ.</summary>
    public bool IsRight(string given) => CryptographicOperations.FixedTimeEquals(Hash(given), _hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
