using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Settings;

/// <content>Length, batch, optimiser and learning rate.</content>
public static partial class SettingsTable
{
    public static Setting BatchSize { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.BatchSize), "Batch size", "Examples per batch", spec => spec.BatchSize,
            (spec, value) => spec with { BatchSize = value }, 1, SettingLimits.LargestBatch) with
        {
            IsFixedInBranch = true,
        };

    public static Setting GradSteps { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.GradSteps), "Gradient accumulation", "Batches per optimiser step: the result of one large batch in less memory",
            spec => spec.GradSteps, (spec, value) => spec with { GradSteps = value }, 1, SettingLimits.LargestBatch) with
        {
            Display = spec => Format.Plural(spec.GradSteps, "batch", "batches"),
            IsAdvanced = true,
            IsFixedInBranch = true,
        };

    public static Setting MaxSteps { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.MaxSteps), "Steps", "Optimiser steps", spec => spec.MaxSteps, (spec, value) => spec with { MaxSteps = value },
            1);

    public static Setting EvalSteps { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.EvalSteps), "Evaluate every", "Steps between evaluations on the validation split", spec => spec.EvalSteps,
            (spec, value) => spec with { EvalSteps = value }, 1) with
        {
            Display = spec => Format.Plural(spec.EvalSteps, "step"),
        };

    public static Setting SaveSteps { get; } =
        SettingFactory.Optional(
            nameof(RunSpec.SaveSteps), "Checkpoint every", "Steps between checkpoints", spec => spec.SaveSteps,
            (spec, value) => spec with { SaveSteps = value },
            "one after each evaluation", 1).Dashed() with
        {
            Display = spec => spec.SaveSteps is { } steps ? Format.Plural(steps, "step") : "after each evaluation",
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    public static Setting KeepCheckpoints { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.KeepCheckpoints), "Checkpoints kept",
            "Checkpoints kept besides the last two, spread over the run, to replay any part of it", spec => spec.KeepCheckpoints,
            (spec, value) => spec with { KeepCheckpoints = value }, 0, SettingLimits.MostCheckpoints).Dashed() with
        {
            Display = spec => spec.KeepCheckpoints == 0 ? "the last two" : $"the last two and {Format.Count(spec.KeepCheckpoints)} spread "
                + $"over the run",
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    public static Setting Optimizer { get; } =
        SettingFactory.Choice(nameof(RunSpec.OptimizerName), "Optimiser", "Optimiser", "NAME",
            spec => spec.OptimizerName, (RunSpec spec, OptimizerName value) => spec with { OptimizerName = value },
            spell: name => name.ToString()) with
        {
            IsAdvanced = true,
            IsFixedInBranch = true,
        };

    public static Setting LearningRate { get; } =
        SettingFactory.Number(
            nameof(RunSpec.LearningRate), "Learning rate", "Peak learning rate, where the schedule starts", spec => spec.LearningRate,
            (spec, value) => spec with { LearningRate = value },
            value => value is > 0 and <= 10, "it is the peak learning rate, above 0 and up to 10, such as 5e-5",
            "a number above 0 and up to 10, such as 5e-5") with
        {
            IsAdvanced = true,
        };

    public static Setting WarmupSteps { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.WarmupSteps), "Warm-up", "Steps over which the learning rate rises from 0", spec => spec.WarmupSteps,
            (spec, value) => spec with { WarmupSteps = value }, 0).Dashed() with
        {
            Problem = spec => spec.WarmupSteps < 0 || (spec.WarmupSteps > spec.MaxSteps && spec.MaxSteps > 0)
                ? $"{spec.WarmupSteps}{SettingFactory.OutOfRange}{SettingFactory.Give}"
                    + (spec.MaxSteps > 0 ? $"a whole number from 0 to the run's {spec.MaxSteps} steps." : "a whole number, 0 or more.")
                : null,
            Display = spec => spec.WarmupSteps == 0 ? "none" : Format.Plural(spec.WarmupSteps, "step"),
            IsAdvanced = true,
        };

    public static Setting LrSchedule { get; } =
        SettingFactory.Choice(
            nameof(RunSpec.LrSchedule), "Learning rate schedule",
            "How the learning rate falls after the warm-up: linear or cosine to 0, or constant", "SCHEDULE",
            spec => spec.LrSchedule, (RunSpec spec, LrSchedule value) => spec with { LrSchedule = value }).Dashed() with
        {
            IsAdvanced = true,
        };

    public static Setting Seed { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.Seed), "Random seed", "Seed of all random choices", spec => spec.Seed,
            (spec, value) => spec with { Seed = value }, 0);

    public static Setting Subsample { get; } =
        SettingFactory.Number(
            nameof(RunSpec.Subsample), "Subsample", "Fraction of the training rows to use", spec => spec.Subsample,
            (spec, value) => spec with { Subsample = value },
            value => value is > 0 and <= 1, "it is the fraction of training rows to use, above 0 and up to 1",
            "a number above 0 and up to 1") with
        {
            Display = spec => Format.ShortPercent(spec.Subsample),
            IsAdvanced = true,
        };

    public static Setting Draw { get; } =
        SettingFactory.Choice(nameof(RunSpec.Draw), "Draw of the data",
            "How a fraction is drawn: as in the original, or nested, with the same validation rows for every fraction and seed", "DRAW",
            spec => spec.Draw, (RunSpec spec, DataDraw value) => spec with { Draw = value }).Dashed() with
        {
            WhyNot = spec => spec.Subsample == 1 ? "The whole data is used: both draws give the same rows."
                : DatasetCatalog.All.Any(dataset => dataset.Name == spec.Dataset && dataset.HasValidFile) ? "The dataset has a validation "
                    + "file: both draws give the same rows."
                : null,
            IsAdvanced = true,
        };
}
