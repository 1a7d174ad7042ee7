using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Runtime;

public class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1000, "1 kB")]
    [InlineData(1048576, "1.05 MB")]
    [InlineData(12_340_000, "12.3 MB")]
    [InlineData(999_400_000, "999 MB")]
    [InlineData(999_600_000, "1 GB")]
    [InlineData(1_290_000_000, "1.29 GB")]
    [InlineData(8L << 30, "8.59 GB")]
    [InlineData(99_960_000_000, "100 GB")]
    [InlineData(5e15, "5,000 TB")]
    public void Format_AnyAmount_IsDecimalWithThreeDigits(double bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));

    [Fact]
    public void MemoryCurve_OfEightGigabytes_ReachesEight()
    {
        ChartPanel memory = PanelPlan.More.Single(plan => plan.Training == Metric.MemoryBytes).Panel;
        Assert.Equal(8, 8e9 * memory.Scale, 9);
    }

    /// <summary>No other code formats bytes as text.</summary>
    [Fact]
    public void Sources_OtherThanByteSize_DivideNoBytes()
    {
        string[] found =
        [
            .. new[] { "DistillStudio", "DistillStudio.Engine" }
                .SelectMany(
                    project => Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, project), "*.*", SearchOption.AllDirectories))
                .Where(path => Path.GetExtension(path) is ".cs" or ".razor"
                    && !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                .Where(path => Path.GetFileName(path) != "ByteSize.cs")
                .SelectMany(path => File.ReadLines(path).Where(Formats).Select(line => $"{Path.GetFileName(path)}: {line.Trim()}")),
        ];
        Assert.Empty(found);
    }

    private static bool Formats(string line) =>
        line.Contains("$\"", StringComparison.Ordinal) && new[] { "} GB", "} MB", "} kB", "} KB", "} GiB", "} MiB", "} KiB" }.Any(unit =>
            line.Contains(unit, StringComparison.Ordinal));
}
