using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Commands;

/// <summary>Converts exceptions thrown by a command into an exit code and one message per problem on standard error.</summary>
internal static class Failures
{
    public static async Task<int> GuardAsync(
        Func<CancellationToken, Task<int>> command, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            return await command(cancellationToken);
        }
        catch (InputException e)
        {
            foreach (string problem in e.Problems)
            {
                await error.WriteLineAsync(problem);
            }

            return ExitCodes.WrongUse;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (StudioException e)
        {
            await error.WriteLineAsync(e.Detail is null ? e.Message : $"{e.Message} {Keep(e.Detail)}");
            return ExitCodes.Failed;
        }
        catch (Exception e) when (NativeErrors.IsOutOfMemory(e))
        {
            await error.WriteLineAsync($"Out of memory; use a smaller --batch_size, a smaller --max_input_length or a smaller model. "
                + $"{Keep(e.ToString())}");
            return ExitCodes.Failed;
        }
        catch (IOException e) when (DiskSpace.IsFull(e))
        {
            await error.WriteLineAsync($"{e.Message.TrimEnd('.')}; free some space, then try again.");
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"{e.Message.TrimEnd('.')}. {Keep(e.ToString())}");
            return ExitCodes.Failed;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"Unexpected error ({e.GetType().Name}: {FirstLine(e.Message)}). {Keep(e.ToString())}");
            return ExitCodes.Failed;
        }
    }

    /// <summary>
    /// Writes the detail to a new temporary file and returns its path in a message; returns the detail itself if the file cannot be
    /// written.
    /// </summary>
    private static string Keep(string detail)
    {
        try
        {
            string path = Path.GetTempFileName();
            File.WriteAllText(path, detail);
            return $"Details are in {path}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Details:{Environment.NewLine}{detail}";
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim().TrimEnd('.');
}
