using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Finds runs that read their training rows far more often than a model learns from them, such as those of small datasets with the usual
/// number of steps.
/// </summary>
public static class ManyEpochs
{
    private const int Most = 100; // the paper's own steps read the rows of CommonsenseQA 73 times

    /// <summary>Returns a sentence on such a run; null for others, and for those that end by themselves once they learn no more.</summary>
    /// <param name="spec">The run's settings.</param>
    /// <param name="stepsPerEpoch">Optimiser steps for one pass over the training rows.</param>
    public static string? Remark(RunSpec spec, double stepsPerEpoch) =>
        spec.Patience > 0 || spec.MaxSteps <= Most * stepsPerEpoch ? null
        : $"{spec.MaxSteps:N0} steps read each training row about {spec.MaxSteps / stepsPerEpoch:N0} times, whereas "
            + $"a pretrained model usually learns from far fewer; {Math.Ceiling(Most * stepsPerEpoch):N0} steps "
            + $"({SettingsTable.MaxSteps.Flag}) are {Most} times, and {SettingsTable.Patience.Flag} ends a run that no longer improves.";
}
