using System.CommandLine;
using DistillStudio.Commands.Clusters;
using DistillStudio.Commands.Runs;
using DistillStudio.Commands.Studies;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands;

/// <summary>Builds the command line and runs it, from the arguments to the exit code.</summary>
internal static class CommandLine
{
    // Takes values literally: no bundling of single-letter flags, no "@file" response files.
    private static readonly ParserConfiguration Parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    // Failures converts exceptions and signals into exit codes.
    private static readonly InvocationConfiguration Invocation =
        new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal)
    {
        RootCommand root = Create(terminal);
        ParseResult parsed = root.Parse(FlagSpelling.Canonical(WithCommand(arguments), root), Parser);
        using var interruption = new Interruption();
        return await Failures.GuardAsync(token => parsed.InvokeAsync(Invocation, token), terminal.Error, interruption.Token);
    }

    /// <summary>Creates the root command with every subcommand and its flags.</summary>
    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Distilling Step-by-Step: train, compare and query small T5 models, in the browser or on the command "
            + "line.")
        {
            ServeCommand.Create(terminal),
            TrainCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            PredictCommand.Create(terminal),
            RunsCommand.Create(terminal),
            DatasetsCommand.Create(terminal),
            TeacherCommand.Create(terminal),
            ModelsCommand.Create(terminal),
            StudyCommand.Create(terminal),
            ClusterCommand.Create(terminal),
            BenchCommand.Create(terminal),
            GpuTrialCommand.Create(terminal),
        };
        foreach (Command command in Tree(root))
        {
            command.Add(Usage.Rest());
            if (command.Subcommands.Any())
            {
                command.SetAction((parsed, _) => throw new InputException(Suggestion.MissingCommand(parsed)));
            }
        }

        return root;
    }

    /// <summary>
    /// Prepends <c>serve</c> if there are no arguments or the first one is a flag other than <c>--help</c> or <c>--version</c>.
    /// </summary>
    private static IReadOnlyList<string> WithCommand(IReadOnlyList<string> arguments) =>
        arguments.Count == 0 || (arguments[0].StartsWith("--", StringComparison.Ordinal) && arguments[0] is not ("--help" or "--version"))
            ? ["serve", .. arguments]
            : arguments;

    private static IEnumerable<Command> Tree(Command command) => command.Subcommands.SelectMany(Tree).Prepend(command);
}
