using DistillStudio.Commands;
using Spectre.Console;

namespace DistillStudio.Tests.Support;

/// <summary>A command's output and exit code.</summary>
public sealed record CommandResult(int ExitCode, string Out, string Error)
{
    /// <summary>The sentences on standard error.</summary>
    public string[] Problems => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Runs commands in the test's own process.</summary>
internal static class InProcess
{
    /// <param name="arguments">The program's arguments.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="isAnswered">Whether a person answers questions there, as in a terminal.</param>
    public static async Task<CommandResult> RunAsync(string[] arguments, string input = "", bool isAnswered = false)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(output),
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
            });
        console.Profile.Width = 200;
        int code = await CommandLine.RunAsync(
            arguments, new Terminal(new StringReader(input), output, error, console, IsWatched: false, IsAnswered: isAnswered));
        return new CommandResult(code, output.ToString(), error.ToString());
    }
}
