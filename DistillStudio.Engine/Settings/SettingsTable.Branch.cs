using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Settings;

/// <content>Where a run begins and ends apart from its number of steps: as a branch of another run, and early.</content>
public static partial class SettingsTable
{
    public static Setting Patience { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.Patience), "Patience",
            "Stop early after this many evaluations without better validation accuracy; 0 for never",
            spec => spec.Patience, (spec, value) => spec with { Patience = value }, 0) with
        {
            Group = SettingGroup.Training,
            Display = spec => spec.Patience == 0 ? "no early stop" : Format.Plural(spec.Patience, "evaluation"),
            IsAdvanced = true,
        };

    public static Setting Branch { get; } =
        SettingFactory.Text(
            nameof(RunSpec.Branch), "Branch of", "Continue from a checkpoint of this run, with its settings except those given", "RUN",
            spec => spec.Branch, (spec, value) => spec with { Branch = value }, unset: "none") with
        {
            Group = SettingGroup.Training,
            Problem = spec => spec.Branch is null || (spec.Branch.Length > 0 && SettingLimits.IsName(spec.Branch)) ? null
                : "is not the id of a run; give one that `runs list` shows.",
            WhyNot = NoBranch,
        };

    public static Setting BranchStep { get; } =
        SettingFactory.Optional(
            nameof(RunSpec.BranchStep), "Branch point", "Step of the checkpoint to branch from", spec => spec.BranchStep,
            (spec, value) => spec with { BranchStep = value }, "none", 1) with
        {
            Flags = [new("--at", "Step of the checkpoint to branch from")],
            ValueName = "STEP",
            Display = spec => spec.BranchStep is { } step ? $"step {Format.Count(step)}" : Format.Nothing,
            Problem = spec => (spec.Branch, spec.BranchStep) switch
            {
                (null, null) => null,
                (null, { } step) => $"{step} belongs to a branch; name the run to branch from with --branch.",
                (_, null) => "is missing; name the step of a checkpoint to branch from.",
                (_, < 1 and var step) => $"{step} is out of range; give a whole number from 1.",
                (_, { } step) when step >= spec.MaxSteps && spec.MaxSteps > 0 =>
                    $"{step} leaves nothing to train of the run's {spec.MaxSteps} steps; raise --max_steps, or branch earlier.",
                _ => null,
            },
            WhyNot = NoBranch,
        };

    private static string? NoBranch(RunSpec spec) =>
        spec.Branch is null && spec.BranchStep is null ? "The run starts from its model." : null;
}
