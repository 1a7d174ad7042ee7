using System.ComponentModel;
using System.Diagnostics;

namespace DistillStudio.Cluster;

/// <summary>Runs one of Slurm's programs with a list of arguments, never through a shell.</summary>
internal static class SlurmProgram
{
    private const int LongestWords = 500;

    /// <summary>Parts of variable names that a job must not inherit: the cluster records them, and other users may see them.</summary>
    private static readonly string[] Secret = ["TOKEN", "KEY", "SECRET", "PASSWORD"];

    /// <summary>What transient errors mean, and Slurm's words for them.</summary>
    private static readonly (string Meaning, string[] Words)[] Transient =
    [
        ("Slurm's controller does not answer in time", ["Socket timed out", "Zero Bytes were transmitted"]),
        (
            "Slurm's controller cannot be reached",
            [
                "Unable to contact slurm controller", "Connection refused", "Unable to connect", "Transport endpoint",
                "Communication connection failure", "Slurm backup controller",
            ]),
        ("Slurm cannot check who asks", ["Protocol authentication error", "Munge"]),
        ("Slurm accepts no further job now", ["submit limit", "Job queue is full"]),
        ("Slurm is busy", ["temporarily unable", "try again", "Resource temporarily unavailable"]),
    ];

    /// <summary>What Slurm's programs say, in every version, where they find no configuration.</summary>
    private const string NoConfiguration = "establish a configuration source";

    /// <summary>Returns the path of a program; null if it is not installed.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Returns standard output of a program that succeeded.</summary>
    /// <exception cref="SlurmException">It failed, or took too long.</exception>
    public static async Task<string> RunAsync(
        string name, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        using Process process = Start(name, arguments);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            string said = await error;
            return process.ExitCode == 0 ? await output : throw Failure(name, said, process.ExitCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SlurmException($"Slurm has not answered {name} within {timeout.TotalSeconds:0} s.", isLasting: false);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string name, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C", ["SLURM_TIME_FORMAT"] = "standard" },
        };
        foreach (string variable in start.Environment.Keys
            .Where(variable => Secret.Any(part => variable.Contains(part, StringComparison.OrdinalIgnoreCase))).ToArray())
        {
            start.Environment.Remove(variable);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new SlurmException($"{name} cannot be run: {e.Message.TrimEnd('.')}.", isLasting: false);
        }
    }

    private static async Task WriteAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its error output has the reason.
        }
    }

    /// <summary>
    /// Returns what the program said as one line, without the name that it puts before each of its lines; for a transient error, what it
    /// means, with those words in parentheses.
    /// </summary>
    internal static SlurmException Failure(string name, string error, int exitCode)
    {
        IEnumerable<string> lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.StartsWith($"{name}: ", StringComparison.Ordinal) ? line[(name.Length + 2)..] : line)
            .Select(line => line.StartsWith("error: ", StringComparison.Ordinal) ? line["error: ".Length..] : line)
            .Select(line => string.Concat(line.Where(c => !char.IsControl(c)))).Distinct();
        string words = string.Join("; ", lines);
        if (words.Contains(NoConfiguration, StringComparison.OrdinalIgnoreCase))
        {
            return new SlurmException(
                $"{name} finds no configuration of a cluster; set SLURM_CONF to its slurm.conf, or work on its login node.",
                isLasting: false);
        }

        words = words.Length == 0 ? $"exit code {exitCode}" : words.Length > LongestWords ? words[..LongestWords] : words;
        words = $"{name}: {words.TrimEnd('.')}";
        string? meaning = Transient.FirstOrDefault(error => error.Words.Any(
            part => words.Contains(part, StringComparison.OrdinalIgnoreCase))).Meaning;
        return meaning is null ? new($"{words}.", isLasting: true) : new($"{meaning} ({words}).", isLasting: false);
    }
}
