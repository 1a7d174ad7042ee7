using System.Text;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The input and output streams of a command.</summary>
/// <param name="In">Standard input.</param>
/// <param name="Out">Standard output for machine-readable text: JSON and plain text.</param>
/// <param name="Error">Standard error: one sentence per problem.</param>
/// <param name="Console">Standard output for human-readable text: tables, and colours on a terminal.</param>
/// <param name="IsWatched">True if the output is an interactive terminal, where live progress can be drawn.</param>
/// <param name="IsAnswered">True if a user at a terminal can answer a question.</param>
internal sealed record Terminal(
    TextReader In, TextWriter Out, TextWriter Error, IAnsiConsole Console, bool IsWatched, bool IsAnswered = false)
{
    private const int RedirectedWidth = 200;

    /// <summary>Returns the terminal of the current process.</summary>
    public static Terminal Own()
    {
        System.Console.SetOut(new TerminalWriter(System.Console.Out));
        System.Console.SetError(new TerminalWriter(System.Console.Error));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Out) });
        bool isTerminal = !System.Console.IsOutputRedirected;
        if (!isTerminal)
        {
            console.Profile.Width = RedirectedWidth; // avoids wrapping table rows in a file or pipe
        }

        return new Terminal(
            OwnInput(),
            System.Console.Out,
            System.Console.Error,
            console,
            isTerminal && console.Profile.Capabilities is { Ansi: true, Interactive: true },
            isTerminal && !System.Console.IsInputRedirected);
    }

    /// <summary>A redirected input in UTF-8 is read strictly; the console replaces what is not.</summary>
    private static TextReader OwnInput() =>
        System.Console.IsInputRedirected && System.Console.InputEncoding.CodePage == Encoding.UTF8.CodePage
            ? new Utf8Reader(System.Console.OpenStandardInput(), "Standard input")
            : System.Console.In;

    /// <summary>Asks a yes-or-no question; returns false if no user can answer.</summary>
    public bool Asks(string question)
    {
        if (!IsAnswered)
        {
            return false;
        }

        Out.Write($"{question.Trim()} [y/N] ");
        Out.Flush();
        return In.ReadLine()?.Trim().StartsWith("y", StringComparison.OrdinalIgnoreCase) == true;
    }
}
