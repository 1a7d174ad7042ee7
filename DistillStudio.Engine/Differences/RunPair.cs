namespace DistillStudio.Engine.Differences;

/// <summary>Two finished runs whose answers are compared row by row.</summary>
/// <param name="First">Folder of the baseline's run.</param>
/// <param name="Second">Folder of the other run.</param>
public sealed record RunPair(string First, string Second)
{
    /// <summary>
    /// Pairs the runs of two methods by seed. If they share no seed, pairs them in the order of their seeds; runs without a partner are
    /// left out.
    /// </summary>
    /// <param name="first">Seed and folder of each run; the first of a seed counts.</param>
    /// <param name="second">Likewise.</param>
    public static IReadOnlyList<RunPair> BySeed(IEnumerable<(int Seed, string Folder)> first, IEnumerable<(int Seed, string Folder)> second)
    {
        (int Seed, string Folder)[] ones = [.. first.DistinctBy(run => run.Seed).OrderBy(run => run.Seed)];
        (int Seed, string Folder)[] others = [.. second.DistinctBy(run => run.Seed).OrderBy(run => run.Seed)];
        RunPair[] paired = [.. ones.Join(others, run => run.Seed, run => run.Seed, (one, other) => new RunPair(one.Folder, other.Folder))];
        return paired.Length > 0 ? paired : [.. ones.Zip(others, (one, other) => new RunPair(one.Folder, other.Folder))];
    }
}
