namespace DistillStudio.Commands;

/// <summary>How a command ended, for the shell.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something went wrong that was not the user's to mend beforehand.</summary>
    public const int Failed = 1;

    /// <summary>Wrong flags, or a file that cannot be used as it is.</summary>
    public const int WrongUse = 2;

    /// <summary>SIGINT or SIGTERM; the number shells use for the former.</summary>
    public const int Interrupted = 130;
}
