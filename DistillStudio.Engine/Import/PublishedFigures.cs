namespace DistillStudio.Engine.Import;

/// <summary>Expected figures of the published files: how often a teacher's parsed labels agree with the truth.</summary>
public static class PublishedFigures
{
    /// <summary>Determined by running the original's parser on its own files.</summary>
    private static readonly Dictionary<(string Dataset, string Split, string Teacher), double> Agreement = new()
    {
        [("cqa", "train", "palm")] = 0.7426342264653553,
        [("cqa", "test", "palm")] = 0.7723177723177723,
        [("svamp", "train", "palm")] = 0.735,
        [("svamp", "test", "palm")] = 0.74,
    };

    /// <summary>Returns the share of rows that must agree, in [0, 1]; null if no figure is known.</summary>
    public static double? Find(string dataset, string split, string teacher) =>
        Agreement.TryGetValue((dataset, split, teacher), out double share) ? share : null;
}
