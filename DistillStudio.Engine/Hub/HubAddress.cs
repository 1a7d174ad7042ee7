using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Hub;

/// <summary>
/// A hub in the style of Hugging Face's. Its token is read from <c>HF_TOKEN</c> for each request and is never stored.
/// </summary>
public sealed partial class HubAddress
{
    public const string Usual = "https://huggingface.co";
    public const string Variable = "HF_ENDPOINT";
    public const string TokenVariable = "HF_TOKEN";
    public const string MainRevision = "main";

    private HubAddress(Uri endpoint) => Endpoint = endpoint;

    /// <summary>Ends with a slash.</summary>
    public Uri Endpoint { get; }

    /// <summary>True if <c>HF_TOKEN</c> is not empty.</summary>
    public static bool HasToken => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(TokenVariable));

    /// <summary>True unless a token would cross a network unencrypted.</summary>
    public bool MayHaveToken => Endpoint.Scheme == Uri.UriSchemeHttps || Endpoint.IsLoopback;

    /// <param name="given">An address from a flag or a setting; null for <c>HF_ENDPOINT</c>, else <see cref="Usual"/>.</param>
    /// <param name="place">Where the address was given, for messages.</param>
    /// <exception cref="InputException">The address cannot be used.</exception>
    public static HubAddress Read(string? given, string place = "The hub's address")
    {
        string? variable = Environment.GetEnvironmentVariable(Variable);
        (string text, string where) = !string.IsNullOrWhiteSpace(given) ? (given.Trim(), place)
            : !string.IsNullOrWhiteSpace(variable) ? (variable.Trim(), Variable)
            : (Usual, "");
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            ? new(address)
            : throw new InputException($"{where} is not a plain http or https address; write it as {Usual}, without a name or password in "
                + $"it (a token goes into {TokenVariable}).");
    }

    /// <summary>Returns the value of the header <c>Authorization</c>; null if no token is set or may be sent.</summary>
    /// <exception cref="InputException">The variable does not hold a token. Its value is never part of the message.</exception>
    public string? Authorization()
    {
        string? token = Environment.GetEnvironmentVariable(TokenVariable)?.Trim();
        return string.IsNullOrEmpty(token) || !MayHaveToken ? null
            : token.Any(c => c is < '!' or > '~') ? throw new InputException($"{TokenVariable} does not hold a token: its value has "
                + $"blanks, line breaks or other characters that no token has; set it to the token only.")
            : $"Bearer {token}";
    }

    /// <summary>Returns the address of a model's file.</summary>
    public Uri FileOf(string name, string revision, string file) =>
        new(Endpoint, $"{name}/resolve/{Uri.EscapeDataString(revision)}/{Uri.EscapeDataString(file)}");

    /// <summary>Returns the address of a model's page.</summary>
    public Uri PageOf(string name) => new(Endpoint, name);

    /// <summary>Returns an address of the hub's API.</summary>
    internal Uri ApiOf(string path) => new(Endpoint, $"api/{path}");

    /// <summary>Returns the address of a model's large file storage.</summary>
    internal Uri LargeFilesOf(string name) => new(Endpoint, $"{name}.git/info/lfs/objects/batch");

    /// <exception cref="InputException">The text is not the name of a branch, tag or commit.</exception>
    public static void RequireRevision(string revision)
    {
        if (!RevisionPattern().IsMatch(revision) || revision.Contains("..", StringComparison.Ordinal))
        {
            throw new InputException("The revision is not the name of a branch, a tag or a commit; omit it for the newest.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex RevisionPattern();
}
