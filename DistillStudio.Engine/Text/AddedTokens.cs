using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace DistillStudio.Engine.Text;

/// <summary>Finds added tokens in a text: the leftmost, and the longest of several at the same position.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<int, AddedToken> _byId;
    private readonly SearchValues<string> _contents;

    /// <summary>Tokens by their first character, longest first.</summary>
    private readonly Dictionary<char, (int Id, AddedToken Token)[]> _byStart;

    /// <param name="tokens">Tokens by id; contents must be unique.</param>
    public AddedTokens(IReadOnlyDictionary<int, AddedToken> tokens)
    {
        _byId = new(tokens);
        _contents = SearchValues.Create([.. tokens.Values.Select(token => token.Content)], StringComparison.Ordinal);
        _byStart = tokens.Select(token => (token.Key, token.Value))
            .GroupBy(token => token.Value.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Value.Content.Length).ToArray());
    }

    public bool TryGet(int id, [NotNullWhen(true)] out AddedToken? token) => _byId.TryGetValue(id, out token);

    /// <summary>Finds the next token at or after a position.</summary>
    /// <param name="at">Position where the token begins.</param>
    public bool TryFind(string text, int from, out int at, out int id, [NotNullWhen(true)] out AddedToken? token)
    {
        at = from;
        for (int found = text.AsSpan(at).IndexOfAny(_contents); found >= 0; found = text.AsSpan(at).IndexOfAny(_contents))
        {
            at += found;
            foreach ((int Id, AddedToken Token) candidate in _byStart[text[at]])
            {
                if (text.AsSpan(at).StartsWith(candidate.Token.Content, StringComparison.Ordinal) && Stands(text, at, candidate.Token))
                {
                    (id, token) = candidate;
                    return true;
                }
            }

            at++;
        }

        (id, token) = (-1, null);
        return false;
    }

    private static bool Stands(string text, int at, AddedToken token)
    {
        int end = at + token.Content.Length;
        return !token.IsWholeWord || ((at == 0 || text[at - 1] == ' ') && (end == text.Length || text[end] == ' '));
    }
}
