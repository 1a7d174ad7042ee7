using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Plans further seeds.</summary>
internal static class SeedPlan
{
    /// <summary>Seeds offered at a time.</summary>
    public const int Offered = 4;

    /// <summary>
    /// Returns the settings of runs that give all methods <see cref="Offered"/> further seeds in common: seeds that some already have come
    /// first, and runs that are there are left out.
    /// </summary>
    /// <param name="groups">The methods.</param>
    public static IReadOnlyList<RunSpec> Of(IReadOnlyList<MethodGroup> groups)
    {
        HashSet<int>[] there = [.. groups.Select(group => group.Runs.Where(IsOrWillBeTested).Select(run => run.Spec.Seed).ToHashSet())];
        int[] partial = [.. there.SelectMany(seeds => seeds).Distinct().Where(seed => !there.All(seeds => seeds.Contains(seed))).Order()];
        IEnumerable<int> fresh = Enumerable.Range(0, int.MaxValue).Where(seed => !there.Any(seeds => seeds.Contains(seed)));
        return
        [
            .. partial.Concat(fresh).Take(Offered).SelectMany(
                _ => groups,
                (seed, group) => (Seed: seed, Group: group, Has: there[IndexOf(groups, group)].Contains(seed)))
                .Where(wanted => !wanted.Has)
                .Select(wanted => wanted.Group.Runs[0].Spec with { Seed = wanted.Seed, Name = null }),
        ];
    }

    private static bool IsOrWillBeTested(ComparedRun run) => run.Test is not null || !run.HasEnded;

    private static int IndexOf(IReadOnlyList<MethodGroup> groups, MethodGroup group) =>
        groups.TakeWhile(other => !ReferenceEquals(other, group)).Count();
}
