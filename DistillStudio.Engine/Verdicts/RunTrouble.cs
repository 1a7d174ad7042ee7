using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Says why a run has no test result.</summary>
internal static class RunTrouble
{
    /// <summary>Returns a sentence for a run that ended without a test; null for one that was tested or is not over.</summary>
    public static string? Of(ComparedRun run)
    {
        if (run.Test is not null || !run.HasEnded)
        {
            return null;
        }

        string when = run.Validated.Count == 0 ? "before its first evaluation" : $"after step {Format.Count(run.Cost.Step)}, "
            + $"before its test";
        return run.Failure is { } failure ? $"{run.Name} failed {when}: {failure.Message.TrimEnd('.')}."
            : run.IsCancelled ? $"{run.Name} was cancelled {when}."
            : run.Result is not null ? $"{run.Name} finished without a test."
            : $"{run.Name} was interrupted {when}; resume it to have it tested.";
    }
}
