using System.Globalization;
using DistillStudio.Cluster;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Cluster;

/// <summary>Display text of profiles.</summary>
internal static class ProfileText
{
    private const int LongestValue = 80;

    /// <summary>Returns what a profile asks for, as pairs of a title and a value; what it leaves to the cluster is left out.</summary>
    public static IEnumerable<(string Title, string Value)> Facts(ClusterProfile profile)
    {
        (string Title, string? Value)[] facts =
        [
            ("Partition", profile.Partition ?? "the cluster's default"),
            ("Account", profile.Account),
            ("Generic resources", profile.Gres),
            ("CPUs", profile.Cpus?.ToString(CultureInfo.InvariantCulture)),
            ("Memory", profile.Memory),
            ("Time limit", profile.TimeLimit),
            ("Checkpoint before it", profile.TimeLimit is null ? null : Format.Duration(profile.Notice)),
            ("Further options", profile.Options.Count == 0 ? null : string.Join(' ', profile.Options)),
            ("Preamble", profile.Preamble.Count == 0 ? null : Format.Plural(profile.Preamble.Count, "line")),
            ("Copied to scratch", profile.Scratch),
            ("Program", profile.Program),
        ];
        return facts.Where(fact => fact.Value is not null).Select(fact => (fact.Title, SettingLimits.Cut(fact.Value!, LongestValue)));
    }
}
