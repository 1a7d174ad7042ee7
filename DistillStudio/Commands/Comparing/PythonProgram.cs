using System.ComponentModel;
using System.Diagnostics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands.Comparing;

/// <summary>A Python that a user named, run with a list of arguments, never through a shell.</summary>
/// <param name="path">Path, or a name on the PATH.</param>
internal sealed class PythonProgram(string path)
{
    /// <summary>Exit code of the script for a failure that it has explained in one sentence.</summary>
    private const int Explained = 3;

    private const int LongestWords = 300;

    /// <summary>Returns what the program printed.</summary>
    /// <exception cref="InputException">It cannot be run, or failed; the message has its reason.</exception>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken stop)
    {
        using Process process = Start(arguments);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(stop);
            Task<string> error = process.StandardError.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            string said = await error;
            return process.ExitCode == 0 ? await output : throw new InputException(Explain(said, process.ExitCode));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(IReadOnlyList<string> arguments)
    {
        try
        {
            var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InputException(
                $"--python {path} cannot be run ({e.Message.TrimEnd('.')}); name a Python with torch and transformers.");
        }
    }

    private string Explain(string error, int exitCode)
    {
        string last = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
        last = string.Concat(last.Where(c => !char.IsControl(c)).Take(LongestWords)).TrimEnd('.');
        return exitCode == Explained && last.Length > 0
            ? $"--python {path}: {last}; install what is missing with `{path} -m pip install torch transformers`, or name another Python."
            : $"--python {path} failed ({(last.Length > 0 ? last : $"exit code {exitCode}")}); name a Python with torch and transformers.";
    }
}
