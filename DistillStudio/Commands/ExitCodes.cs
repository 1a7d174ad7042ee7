using DistillStudio.Cluster;

namespace DistillStudio.Commands;

/// <summary>The process exit codes of the commands.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>A failure not caused by the user's input.</summary>
    public const int Failed = 1;

    /// <summary>Invalid flags or an unusable input file.</summary>
    public const int WrongUse = 2;

    /// <summary>A job of a cluster wrote a checkpoint, and the run continues in another job.</summary>
    public const int Unfinished = JobScript.Unfinished;

    /// <summary>Interrupted by SIGINT or SIGTERM; shells use this number for SIGINT.</summary>
    public const int Interrupted = 130;
}
