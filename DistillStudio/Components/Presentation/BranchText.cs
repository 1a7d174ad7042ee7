using System.Globalization;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>Display text for branches, and the checkpoints that they can start from.</summary>
public static class BranchText
{
    /// <summary>The settings that a branch cannot change, as the start of a sentence.</summary>
    public static string Fixed { get; } =
        Sentence([.. SettingsTable.All.Where(setting => setting.IsFixedInBranch).Select(setting => setting.Title.ToLowerInvariant())]);

    /// <summary>Returns what a branch changes: each setting with both values.</summary>
    public static IReadOnlyList<string> Changes(RunSpec parent, RunSpec branch) =>
    [
        .. BranchRules.Changed(parent, branch).Select(setting => Change(
            setting, setting.Applies(parent) ? setting.Display(parent) : null, setting.Applies(branch) ? setting.Display(branch) : null)),
    ];

    /// <summary>Returns what a run changed from the run that it branched from, by the latter's settings, otherwise by its own
    /// record.</summary>
    public static IReadOnlyList<string> Changes(RunSummary? parent, RunSummary branch) =>
        parent is not null ? Changes(parent.Spec, branch.Spec)
        : [
            .. branch.Branched?.Changes.Select(change => SettingsTable.All.FirstOrDefault(s => s.JsonName == change.Setting) is { } setting
                ? Change(setting, change.From, change.To)
                : $"{change.Setting} {change.From} → {change.To}") ?? []
        ];

    /// <summary>Returns the address of the form for a branch.</summary>
    public static string Address(RunSummary run, int step) =>
        string.Create(CultureInfo.InvariantCulture, $"launch?{SettingsTable.Branch.JsonName}={Uri.EscapeDataString(run.Id)}&at={step}");

    /// <summary>Returns the steps of a run's checkpoints, in order; none if its folder cannot be read now.</summary>
    public static IReadOnlyList<int> StepsOf(RunSummary? run)
    {
        try
        {
            return run is null ? [] : RunBranch.StepsOf(RunFolder.Open(run.Folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            return []; // the folder was deleted or is being changed
        }
    }

    private static string Change(Setting setting, string? from, string? to) =>
        $"{setting.Title.ToLowerInvariant()} {from ?? Format.Nothing} → {to ?? Format.Nothing}";

    private static string Sentence(string[] titles)
    {
        string list = $"{string.Join(", ", titles.SkipLast(1))} and {titles[^1]}";
        return char.ToUpperInvariant(list[0]) + list[1..];
    }
}
