using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>What a command reads and writes.</summary>
/// <param name="In">Standard input.</param>
/// <param name="Out">Standard output, for programs: JSON and plain text.</param>
/// <param name="Error">Standard error: one sentence per problem.</param>
/// <param name="Console">Standard output, for people: tables and colours, where it is a terminal.</param>
/// <param name="IsWatched">A person looks on: the output may move.</param>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error, IAnsiConsole Console, bool IsWatched)
{
    private const int RedirectedWidth = 200;

    /// <summary>This process's own.</summary>
    public static Terminal Own()
    {
        System.Console.SetOut(new TerminalWriter(System.Console.Out));
        System.Console.SetError(new TerminalWriter(System.Console.Error));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Out) });
        bool isTerminal = !System.Console.IsOutputRedirected;
        if (!isTerminal)
        {
            console.Profile.Width = RedirectedWidth; // a file has no edge: keep a table's row on its line
        }

        return new Terminal(
            System.Console.In,
            System.Console.Out,
            System.Console.Error,
            console,
            isTerminal && console.Profile.Capabilities is { Ansi: true, Interactive: true });
    }
}
