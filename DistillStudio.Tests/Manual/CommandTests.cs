using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.RegularExpressions;
using DistillStudio.Commands;
using DistillStudio.Components.Pages.Help;
using Markdig.Syntax;

namespace DistillStudio.Tests.Manual;

/// <summary>Commands in the code blocks of README, CONTRIBUTING and the manual are those of the program and of the tests.</summary>
public partial class CommandTests
{
    public static TheoryData<string> Files => [.. ManualFiles.All];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_ProgramCommands_AreUnderstood(string file) =>
        Assert.Empty(
            from line in Lines(file)
            let arguments = ProgramArguments(line)
            where arguments is not null
            from mistake in Mistakes(arguments)
            select $"{line}: {mistake}");

    [Theory]
    [MemberData(nameof(Files))]
    public void File_TestFilters_NameExistingTests(string file) =>
        Assert.Empty(
            from line in Lines(file)
            where line.StartsWith("dotnet test", StringComparison.Ordinal)
            from match in Filter().Matches(line)
            where !ChoosesATest(match.Groups[1].Value, match.Groups[2].Value.Trim('\''))
            select $"{line}: {match.Value} chooses no test");

    [Theory]
    [MemberData(nameof(Files))]
    public void File_Scripts_AreThere(string file) =>
        Assert.All(
            Lines(file).Select(line => line.Split(' ')[0]).Where(word => word.EndsWith(".sh", StringComparison.Ordinal)),
            script => Assert.True(File.Exists(ManualFiles.PathOf(script)), script));

    [Fact]
    public void Manual_Commands_AreMany() =>
        Assert.InRange(ManualFiles.All.SelectMany(Lines).Count(line => ProgramArguments(line) is not null), 15, 1000);

    [Theory]
    [InlineData("dotnet run --project DistillStudio -- train --dataset demo --no-such-flag", true)]
    [InlineData("dotnet run --project DistillStudio -- train --dataset", true)]
    [InlineData("dotnet run --project DistillStudio -- train --dataset demo --alpha 2", true)]
    [InlineData("dotnet run --project DistillStudio -- models burn", true)]
    [InlineData("DistillStudio datasets show cqa again", true)]
    [InlineData("dotnet run --project DistillStudio -- train --dataset demo --lr 1e-3 # slower", false)]
    [InlineData("DistillStudio predict --model DIR --input 'two words'", false)]
    public void Mistakes_CommandLine_AreFound(string line, bool isWrong) => Assert.Equal(isWrong, Mistakes(ProgramArguments(line)!).Any());

    /// <summary>Lines of the blocks that are typed in a terminal, with continued ones joined, and commands in tables.</summary>
    private static IEnumerable<string> Lines(string file)
    {
        MarkdownDocument document = ChapterReader.Parse(ManualFiles.Read(file));
        IEnumerable<string> blocks = document.Descendants<FencedCodeBlock>().Where(block => block.Info == "sh")
            .SelectMany(block => block.Lines.ToString().Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'));
        return blocks.Concat(document.Descendants<Markdig.Syntax.Inlines.CodeInline>().Select(code => code.Content))
            .Select(line => Variables().Replace(line.Trim(), ""))
            .Where(line => line.Contains(' ', StringComparison.Ordinal));
    }

    /// <summary>Returns null if the line does not start the program.</summary>
    private static string[]? ProgramArguments(string line)
    {
        string[] words = [.. Word().Matches(line).TakeWhile(match => match.Value != "#").Select(match => match.Value.Trim('\'', '"'))];
        return words switch
        {
            ["dotnet", "run", .. var rest] when rest.Contains("DistillStudio") => [.. rest.SkipWhile(word => word != "--").Skip(1)],
            ["DistillStudio" or "./DistillStudio", .. var rest] => rest,
            _ => null,
        };
    }

    private static IEnumerable<string> Mistakes(string[] arguments)
    {
        RootCommand root = CommandLine.Create(Terminal.Own());
        bool namesNoCommand = arguments is [] || (arguments[0].StartsWith('-') && arguments[0] != "--version");
        ParseResult parsed = root.Parse(FlagSpelling.Canonical(namesNoCommand ? ["serve", .. arguments] : arguments, root));
        System.CommandLine.Parsing.CommandResult command = parsed.CommandResult;
        if (command.Command.Subcommands.Any())
        {
            return ["no such command"];
        }

        if (command.Command.Name == "train")
        {
            // the run that a branch starts from is not here; it brings a dataset and a model
            return arguments is [_, "--branch", _, "--at", _, .. var changed]
                ? TrainingMistakes(["--dataset", "demo", .. changed])
                : TrainingMistakes(arguments[1..]);
        }

        Argument[] places = [.. command.Command.Arguments.Where(a => !a.Hidden)];
        bool takesMany = places.Any(a => a.Arity.MaximumNumberOfValues > 1);
        int needed = places.Count(a => a.Name[0] != '[');
        string[] words = [.. command.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)];
        return parsed.Errors.Select(error => error.Message)
            .Concat(command.Children.OfType<OptionResult>()
                .Where(o => o.Option is Option<string[]> && o.Tokens.Count < o.IdentifierTokenCount)
                .Select(o => $"{o.Option.Name} lacks its value"))
            .Concat((words.Length >= needed && words.Length <= places.Length)
                || (takesMany && words.Length > 0) ? [] : [$"{places.Length} words expected, not {string.Join(' ', words)}"]);
    }

    /// <summary>As the program judges them, with any folder taken to be there.</summary>
    private static bool IsImported(string dataset) => ManualFiles.All.SelectMany(Lines).Any(
        line => line.Contains($"datasets import {dataset} ", StringComparison.Ordinal));

    private static IEnumerable<string> TrainingMistakes(string[] arguments)
    {
        if (Array.IndexOf(arguments, "--dataset") is >= 0 and var at && at + 1 < arguments.Length && IsImported(arguments[at + 1]))
        {
            arguments[at + 1] = "demo"; // the chapter imports it first
        }

        var flags = new TrainFlags(_ => true);
        var command = new RootCommand { Usage.Rest() };
        flags.Options.ToList().ForEach(command.Add);
        try
        {
            if (!arguments.Contains("--resume")) // which would open the run
            {
                flags.Read(command.Parse(FlagSpelling.Canonical(arguments, command)));
            }

            return [];
        }
        catch (DistillStudio.Engine.Runtime.InputException e)
        {
            return [e.Message];
        }
    }

    private static bool ChoosesATest(string kind, string value)
    {
        Type[] classes = [.. typeof(CommandTests).Assembly.GetTypes().Where(type => type.IsClass)];
        MethodInfo[] methods = [.. classes.SelectMany(type => type.GetMethods())];
        var pattern = new Regex($"^{Regex.Escape(value).Replace("\\*", ".*", StringComparison.Ordinal)}$");
        return kind switch
        {
            "class" or "not-class" => classes.Any(type => pattern.IsMatch(type.FullName!)),
            "method" or "not-method" => methods.Any(method => pattern.IsMatch($"{method.ReflectedType!.FullName}.{method.Name}")),
            _ => classes.Concat<MemberInfo>(methods)
                .SelectMany(member => member.GetCustomAttributes<TraitAttribute>())
                .Any(trait => $"{trait.Name}={trait.Value}" == value),
        };
    }

    [GeneratedRegex("--filter-((?:not-)?(?:class|method|trait)) ('[^']*'|\\S+)")]
    private static partial Regex Filter();

    [GeneratedRegex("'[^']*'|\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^([A-Z_]+=\S+ )+")]
    private static partial Regex Variables();
}
