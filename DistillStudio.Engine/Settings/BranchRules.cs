namespace DistillStudio.Engine.Settings;

/// <summary>Which settings of the parent run a branch may change. Does not access the disk.</summary>
public static class BranchRules
{
    /// <summary>Returns the default settings of a branch: its parent's, without the name.</summary>
    /// <param name="parent">Settings of the run to branch from.</param>
    /// <param name="run">Id of that run.</param>
    /// <param name="step">Step of the checkpoint; null if none is named.</param>
    public static RunSpec Inherit(RunSpec parent, string run, int? step) =>
        parent with { Name = null, Branch = run, BranchStep = step };

    /// <summary>Returns a problem for each setting that a branch cannot change; empty if all changes are allowed.</summary>
    /// <param name="parent">Settings of the run to branch from.</param>
    /// <param name="branch">Settings of the branch.</param>
    public static IReadOnlyList<SpecProblem> Check(RunSpec parent, RunSpec branch) =>
        [
            .. SettingsTable.All
                .Where(setting => setting.IsFixedInBranch && setting.Write(parent) != setting.Write(branch))
                .Select(setting => new SpecProblem(setting, WhyFixed(setting, parent)))
        ];

    /// <summary>Returns the settings that a branch changes, except its name.</summary>
    public static IEnumerable<Setting> Changed(RunSpec parent, RunSpec branch) =>
        SettingsTable.OfStudies.Where(setting => ValueOf(setting, parent) != ValueOf(setting, branch));

    /// <summary>Returns the text of a setting's value; null if it is not set or does not apply.</summary>
    internal static string? ValueOf(Setting setting, RunSpec spec) => setting.Applies(spec) ? setting.Write(spec) : null;

    /// <summary>Returns why a setting cannot change, as the rest of a sentence that begins with its flag.</summary>
    internal static string WhyFixed(Setting setting, RunSpec parent) =>
        $"cannot change in a branch; leave it as it was, {setting.Write(parent) ?? setting.Unset ?? "unset"}, or start a new run.";
}
