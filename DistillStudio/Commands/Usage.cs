using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands;

/// <summary>Reads the flags of one command and collects all problems, so that they can be reported together.</summary>
internal sealed class Usage
{
    private readonly ParseResult _parsed;
    private readonly List<string> _problems = [];
    private readonly Queue<(string Text, string? Switch)> _words = []; // each with the switch directly before it

    /// <param name="parsed">Parse result of a command whose options and arguments were declared by this class, which performs all
    /// validation.</param>
    /// <param name="refused">Flags of the original implementation that are not supported, and what to do instead.</param>
    public Usage(ParseResult parsed, IReadOnlyDictionary<string, string>? refused = null)
    {
        _parsed = parsed;
        var strays = new Queue<string>(
            parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value));
        HashSet<string> switches =
            [.. parsed.CommandResult.Command.Options.Where(o => o.Arity.MaximumNumberOfValues == 0).Select(o => o.Name)];
        bool isAfterFlag = false;
        string? before = null;
        foreach (string token in parsed.Tokens.Select(t => t.Value))
        {
            bool isStray = strays.TryPeek(out string? stray) && stray == token;
            bool isFlag = isStray && token.Length > 1 && token[0] == '-' && !char.IsAsciiDigit(token[1]);
            if (isStray)
            {
                strays.Dequeue();
            }

            if (isFlag)
            {
                _problems.Add(Refuse(token.Split('=', ':')[0], refused));
            }
            else if (isStray && !isAfterFlag)
            {
                _words.Enqueue((token, switches.Contains(before ?? "") ? before : null));
            }

            before = token;
            isAfterFlag = isFlag && !token.Contains('=', StringComparison.Ordinal); // the next token is most likely its value
        }
    }

    /// <summary>
    /// Declares a flag with a value. If it is given more than once, the last value is used, as in the original implementation.
    /// </summary>
    public static Option<string[]> Flag(string name, string value, string help) =>
        new(name) { Description = help, HelpName = value, Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = false };

    /// <summary>Declares a flag without a value.</summary>
    public static Option<bool> Switch(string name, string help) => new(name) { Description = help, Arity = ArgumentArity.Zero };

    /// <summary>Declares a positional argument, shown in the help.</summary>
    public static Argument<string> Word(string name, string help) => new(name) { Description = help, Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Declares positional arguments, shown in the help.</summary>
    public static Argument<string[]> Words(string name, string help) => new(name) { Description = help, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Declares a hidden argument that collects all remaining tokens, so that this class can validate them.</summary>
    public static Argument<string[]> Rest() => new("rest") { Hidden = true, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Adds a problem, given as one sentence.</summary>
    public void Add(string problem) => _problems.Add(problem);

    /// <summary>Adds a problem that begins with its flag, unless one of that flag was found already.</summary>
    public void AddUnlessSaid(string problem)
    {
        string flag = problem.Split(' ')[0] + " ";
        if (!_problems.Any(said => said.StartsWith(flag, StringComparison.Ordinal)))
        {
            Add(problem);
        }
    }

    /// <summary>Returns the value given; null if the flag is absent, lacks a value or has an empty one. Adds a problem in the latter
    /// cases.</summary>
    public string? Text(Option<string[]> flag)
    {
        string? text = TextOrEmpty(flag);
        return text is { Length: 0 } ? RefuseEmpty(flag) : text;
    }

    /// <summary>Returns the value given, for a flag that an empty value resets; null if the flag is absent or has no value. Adds a problem
    /// in the latter case.</summary>
    public string? TextOrEmpty(Option<string[]> flag)
    {
        OptionResult? given = _parsed.GetResult(flag);
        if (given is null || given.Implicit)
        {
            return null;
        }

        // Tokens of all occurrences; one occurrence without a value is an error even if another has one.
        if (given.Tokens.Count < given.IdentifierTokenCount)
        {
            Add($"{flag.Name} lacks its value; write {flag.Name} {flag.HelpName}.");
            return null;
        }

        return given.Tokens[^1].Value;
    }

    /// <summary>Returns the values of all occurrences.</summary>
    public IEnumerable<string> Texts(Option<string[]> flag)
    {
        string[] texts = TextOrEmpty(flag) is null ? [] : [.. _parsed.GetResult(flag)!.Tokens.Select(token => token.Value)];
        if (texts.Contains(""))
        {
            RefuseEmpty(flag);
        }

        return texts.Where(text => text.Length > 0);
    }

    /// <summary>
    /// Returns a path with <c>~</c> expanded; null if the flag is absent or names no path. Adds a problem in the latter case: the path is
    /// empty, too long or contains a null character.
    /// </summary>
    public string? Path(Option<string[]> flag)
    {
        string? path = Text(flag);
        if (path is not null && PathText.WhyNot(path) is { } why)
        {
            Add($"{flag.Name} {why}; write {flag.Name} {flag.HelpName}.");
            return null;
        }

        return path is null ? null : Expand(path);
    }

    /// <summary>Returns the spec with <c>~</c> in its paths expanded.</summary>
    public RunSpec ExpandPaths(RunSpec spec)
    {
        try
        {
            return spec.WithFullPaths();
        }
        catch (InputException e)
        {
            Add(e.Message);
            return spec;
        }
    }

    /// <summary>Returns a path with <c>~</c> expanded; adds a problem if it cannot be expanded.</summary>
    public string Expand(string path)
    {
        try
        {
            return UserPath.Expand(path);
        }
        catch (InputException e)
        {
            Add(e.Message);
            return path;
        }
    }

    /// <summary>Returns the value given; adds a problem if it is missing or empty.</summary>
    public string Required(Option<string[]> flag, string remedy)
    {
        bool isGiven = _parsed.GetResult(flag) is { Implicit: false };
        string? value = TextOrEmpty(flag);
        if (!isGiven)
        {
            Add($"{flag.Name} is missing; {remedy}.");
        }
        else if (value is { Length: 0 })
        {
            Add($"{flag.Name} is empty; {remedy}.");
        }

        return value ?? "";
    }

    /// <summary>
    /// Returns an integer between <paramref name="from"/> and <paramref name="to"/>, inclusive; null if absent or invalid.
    /// </summary>
    public int? Whole(Option<string[]> flag, int from, int to)
    {
        if (Text(flag) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= from && value <= to)
        {
            return value;
        }

        Add($"{flag.Name} {text} is out of range; give a whole number from {from}{(to == int.MaxValue ? "" : $" to {to}")}.");
        return null;
    }

    /// <summary>Returns the next positional value; null if there is none.</summary>
    public string? OptionalWord() => _words.TryDequeue(out (string Text, string? Switch) word) ? word.Text : null;

    /// <summary>Returns the next positional value; adds a problem if there is none, or if it is empty.</summary>
    public string RequiredWord(string name, string remedy)
    {
        if (_words.TryDequeue(out (string Text, string? Switch) word) && word.Text.Length > 0)
        {
            return word.Text;
        }

        Add($"{name} is {(word.Text is null ? "missing" : "empty")}; {remedy}.");
        return "";
    }

    /// <summary>Returns the next positional value as a path with <c>~</c> expanded; adds a problem if there is none.</summary>
    public string RequiredPath(string name, string remedy)
    {
        string path = RequiredWord(name, remedy);
        if (path.Length > 0 && PathText.WhyNot(path) is { } why)
        {
            Add($"{name} {why}; {remedy}.");
            return "";
        }

        return Expand(path);
    }

    /// <summary>Returns all remaining positional values; adds a problem if there are fewer than <paramref name="least"/>.</summary>
    public IReadOnlyList<string> RequiredWords(string name, int least, string remedy)
    {
        string[] words = [.. _words.Select(word => word.Text)];
        _words.Clear();
        if (words.Length < least || words.Contains(""))
        {
            Add($"{name} is {(words.Length < least ? "missing" : "empty")}; {remedy}.");
        }

        return words;
    }

    public bool Is(Option<bool> flag) => _parsed.GetValue(flag);

    /// <exception cref="InputException">There are problems already; the exception lists them.</exception>
    public void DemandSoFar()
    {
        if (_problems.Count > 0)
        {
            throw new InputException([.. _problems.Distinct()]);
        }
    }

    /// <exception cref="InputException">There are problems; the exception lists all of them.</exception>
    public void Demand()
    {
        _problems.AddRange(_words.Select(word => word.Switch is { } flag
            ? $"{flag} takes no value such as \"{word.Text}\"; write {flag} alone, or {NegationOf(flag) ?? "leave it out"}."
            : $"\"{word.Text}\" belongs to no flag of {NameOf(_parsed.CommandResult)}; quote a value that holds spaces."));
        if (_problems.Count > 0)
        {
            throw new InputException([.. _problems.Distinct()]);
        }
    }

    private string? RefuseEmpty(Option<string[]> flag)
    {
        Add($"{flag.Name} is empty; write {flag.Name} {flag.HelpName}.");
        return null;
    }

    /// <summary>Returns the flag that switches another off; null if the command has none.</summary>
    private string? NegationOf(string flag) => _parsed.CommandResult.Command.Options.Select(option => option.Name)
        .FirstOrDefault(name => name.Replace('_', '-') == $"--no-{flag[2..].Replace('_', '-')}");

    private string Refuse(string flag, IReadOnlyDictionary<string, string>? refused)
    {
        Command command = _parsed.CommandResult.Command;
        string name = NameOf(_parsed.CommandResult);
        return refused?.GetValueOrDefault(flag.Replace('_', '-')) is { } instead
            ? $"{flag} is not supported: {instead}."
            : $"{flag} is not a flag of {name}; {Suggestion.For(flag, command.Options.Select(o => o.Name))}`{name} --help` lists them.";
    }

    /// <summary>Returns the command's name as typed: <c>datasets show</c>.</summary>
    private static string NameOf(CommandResult command) =>
        command.Parent is CommandResult { Parent: not null } parent ? $"{NameOf(parent)} {command.Command.Name}" : command.Command.Name;
}
