using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands;

/// <summary>Asks for confirmation before an action that cannot be undone.</summary>
internal static class Question
{
    /// <exception cref="InputException">There is no answer, as in a script.</exception>
    public static async Task<bool> IsSureAsync(Terminal terminal, string question, CancellationToken stop)
    {
        await terminal.Error.WriteAsync($"{question} [y/N] ");
        await terminal.Error.FlushAsync(stop);
        string answer = await terminal.In.ReadLineAsync(stop)
            ?? throw new InputException("Nothing was deleted, because there was no answer; answer y, or give --yes.");
        return answer.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
