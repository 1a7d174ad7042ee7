using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Text;

/// <summary>Loads a tokenizer from the files of a folder.</summary>
internal static class TokenizerFiles
{
    /// <summary>Largest accepted id: no T5 has more ids, and memory grows with the highest.</summary>
    private const int MaxId = 10_000_000;

    private static readonly string[] Vocabularies = [SentencePieceFile.FileName, TokenizerJson.FileName];

    /// <summary>Names of the files that make up a tokenizer; some may be absent.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [
            SentencePieceFile.FileName, TokenizerJson.FileName, TokenizerSettingsFile.ConfigName, TokenizerSettingsFile.SpecialTokensName,
            TokenizerSettingsFile.AddedTokensName,
        ];

    public static bool HasVocabulary(string folder) => FindVocabulary(folder) is not null;

    /// <summary>Returns the folder's vocabulary file; null if it has none.</summary>
    /// <exception cref="InputException">Something else is in place of the file.</exception>
    public static string? FindVocabulary(string folder)
    {
        string[] paths = [.. Vocabularies.Select(name => Path.Combine(folder, name))];
        Array.ForEach(paths, FileStandIn.Require);
        return paths.FirstOrDefault(File.Exists);
    }

    /// <inheritdoc cref="T5Tokenizer.Load"/>
    public static T5Tokenizer Load(string path, int? modelVocabulary)
    {
        bool isFolder = Directory.Exists(path);
        string folder = isFolder ? path : Path.GetDirectoryName(path) ?? "";
        TokenizerSettings settings = TokenizerSettingsFile.Read(folder);
        if (isFolder)
        {
            string json = Path.Combine(path, TokenizerJson.FileName);
            path =
                settings.PrefersJson && File.Exists(json) ? json : FindVocabulary(path) ?? throw new InputException(WhyNoVocabulary(path));
        }

        return Path.GetFileName(path) == TokenizerJson.FileName ? FromJson(path, settings) : FromPieces(path, settings, modelVocabulary);
    }

    /// <summary>Returns a sentence if the folder has two vocabularies and they differ.</summary>
    /// <exception cref="InputException">A file of settings is malformed.</exception>
    public static IEnumerable<string> Remarks(string folder)
    {
        string[] paths = [.. Vocabularies.Select(name => Path.Combine(folder, name))];
        if (!paths.All(File.Exists))
        {
            return [];
        }

        string used = TokenizerSettingsFile.Read(folder).PrefersJson ? TokenizerJson.FileName : SentencePieceFile.FileName;
        try
        {
            IReadOnlyList<Piece> pieces = SentencePieceFile.Read(paths[0]).Pieces;
            IReadOnlyList<Piece> others = TokenizerJson.Read(paths[1]).Vocabulary.Pieces; // followed by the extra ids
            int id = 0;
            while (id < pieces.Count && id < others.Count && pieces[id].Text == others[id].Text)
            {
                id++;
            }

            return id == pieces.Count ? [] :
            [
                $"{folder}: id {id} is {FileText.Text(pieces[id].Text)} in {SentencePieceFile.FileName} and "
                    + $"{(id < others.Count ? FileText.Text(others[id].Text) : "missing")} in {TokenizerJson.FileName}, so they are not of "
                    + $"one model; {used} is used. Keep only the one that the model was trained with.",
            ];
        }
        catch (InputException)
        {
            return []; // refused where it is used
        }
    }

    /// <summary>Returns the number of extra ids if no file gives it.</summary>
    /// <param name="pieces">Number of pieces in <c>spiece.model</c>.</param>
    /// <param name="modelVocabulary">Number of ids that the model has weights for; null if unknown.</param>
    public static int DefaultExtraIds(int pieces, int? modelVocabulary) =>
        modelVocabulary == pieces ? 0 : TokenizerSettings.DefaultExtraIds;

    private static T5Tokenizer FromPieces(string path, TokenizerSettings settings, int? modelVocabulary)
    {
        UnigramVocabulary vocabulary = SentencePieceFile.Read(path);

        // Same as transformers: a config without added_tokens_decoder predates it, and tokenizer.json contains the tokens.
        string json = Path.Combine(Path.GetDirectoryName(path) ?? "", TokenizerJson.FileName);
        IReadOnlyList<NumberedToken> numbered =
            settings.Numbered.Count == 0 && File.Exists(json) ? TokenizerJson.ReadAdded(json) : settings.Numbered;
        settings = settings with { Numbered = numbered };
        int named = settings.NamedExtraIds;
        int extraIds = settings.ExtraIds ?? (named > 0 ? named : DefaultExtraIds(vocabulary.Pieces.Count, modelVocabulary));
        return Build(vocabulary, settings, extraIds);
    }

    private static T5Tokenizer FromJson(string path, TokenizerSettings settings)
    {
        TokenizerJson json = TokenizerJson.Read(path);
        settings = settings with
        {
            IsJson = true,
            IsLegacy = json.AddsDummyPrefix,
            AddsPrefixSpace = json.AddsPrefixSpace,
            Numbered = [.. json.Added, .. settings.Numbered],
        };
        return Build(json.Vocabulary, settings, extraIds: 0);
    }

    private static T5Tokenizer Build(UnigramVocabulary vocabulary, TokenizerSettings settings, int extraIds)
    {
        int pieces = vocabulary.Pieces.Count;
        var tokens = new SortedDictionary<int, AddedToken>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (NumberedToken token in settings.Numbered)
        {
            Check(token, vocabulary, tokens, ids);
            tokens[token.Id] = token.Token;
            ids[token.Token.Content] = token.Id;
        }

        foreach ((string content, int id) in
            (ReadOnlySpan<(string, int)>)
            [
                (AddedToken.Pad, T5Tokenizer.PadId),
                (AddedToken.End, T5Tokenizer.EndId),
                (AddedToken.Unknown, T5Tokenizer.UnknownId),
            ])
        {
            AddIfMissing(new(content, IsSpecial: true, settings.IsLegacy, settings.IsLegacy), id);
        }

        for (int i = 0; i < extraIds; i++)
        {
            AddIfMissing(new(AddedToken.ExtraId(i), IsSpecial: true, StripsLeft: true, StripsRight: true), pieces + extraIds - 1 - i);
        }

        Dictionary<string, int> known = settings.Named.All(token => ids.ContainsKey(token.Content))
            ? []
            : vocabulary.Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(
                piece => piece.Text, piece => piece.id, StringComparer.Ordinal);
        foreach (AddedToken token in settings.Named)
        {
            AddIfMissing(token, known.TryGetValue(token.Content, out int id) ? id : Math.Max(pieces, tokens.Keys.Max() + 1));
        }

        return new T5Tokenizer(vocabulary, tokens, settings);

        void AddIfMissing(AddedToken token, int id)
        {
            if (ids.TryAdd(token.Content, id) && !tokens.TryAdd(id, token))
            {
                throw new InputException($"{settings.Path}: {FileText.Text(token.Content)} and {FileText.Text(tokens[id].Content)} would "
                    + $"both have id {id}; restore the tokenizer's files, or give extra_ids there.");
            }
        }
    }

    private static void Check(
        NumberedToken token, UnigramVocabulary vocabulary, SortedDictionary<int, AddedToken> tokens, Dictionary<string, int> ids)
    {
        string content = FileText.Text(token.Token.Content);
        string? problem =
            token.Id is < 0 or > MaxId ? $"{content} has id {token.Id}, which no T5 has"
            : token.Id < vocabulary.Pieces.Count && vocabulary.Pieces[token.Id].Text != token.Token.Content ? $"{content} has id "
                + $"{token.Id}, which is the piece {FileText.Text(vocabulary.Pieces[token.Id].Text)} in {Path.GetFileName(vocabulary.Path)}"
            : tokens.TryGetValue(token.Id, out AddedToken? other)
                && other.Content != token.Token.Content ? $"{content} and {FileText.Text(other.Content)} both have id {token.Id}"
            : ids.TryGetValue(token.Token.Content, out int id) && id != token.Id ? $"{content} has the ids {id} and {token.Id}"
            : null;
        if (problem is not null)
        {
            throw new InputException($"{token.Path}: {problem}; put the tokenizer's files of one model together.");
        }
    }

    private static string WhyNoVocabulary(string folder)
    {
        bool Has(params string[] names) => names.All(name => File.Exists(Path.Combine(folder, name)));
        string? other = Has("vocab.json", "merges.txt") ? "vocab.json and merges.txt, a BPE tokenizer as GPT-2's or CodeT5's"
            : Has("vocab.txt") ? "vocab.txt, a WordPiece tokenizer as BERT's"
            : Directory.EnumerateFiles(folder, "*.model").Order(StringComparer.Ordinal)
                .FirstOrDefault() is { } model ? $"{Path.GetFileName(model)}, which must be called {SentencePieceFile.FileName} if it is "
                    + $"T5's"
            : null;
        return $"{Path.Combine(folder, SentencePieceFile.FileName)} does not exist, "
            + $"nor {TokenizerJson.FileName}{(other is null ? "" : $" (there is {other})")}; put the tokenizer of the T5 model there.";
    }
}
