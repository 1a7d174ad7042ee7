using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

/// <summary>Trials of other machines, as they were seen there or may be.</summary>
public sealed class RouteChoiceTests
{
    private const double Tolerance = 1e-3;

    private static readonly RouteTrial Ordinary = new("ordinary", 8e-5, 1.5e-3);

    [Fact]
    public void Choose_ExactAndFaster_TakesThePreferred() =>
        Assert.Equal("preferred", Choose(new("preferred", 9e-5, 0.6e-3)));

    [Fact]
    public void Choose_OneDnnRoundsToBFloat16AsWithAmx_RefusesItHoweverFast() =>
        Assert.Equal("ordinary", Choose(new("preferred", 0.12, 0.05e-3)));

    [Theory]
    [InlineData(3.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Choose_WrongResult_Refuses(double error) => Assert.Equal("ordinary", Choose(new("preferred", error, 0.1e-3)));

    [Theory]
    [InlineData(1.5e-3, "preferred")]
    [InlineData(1.8e-3, "preferred")] // within what varies from process to process
    [InlineData(2.4e-3, "ordinary")]
    public void Choose_Slower_RefusesOnlyIfClearly(double seconds, string chosen) =>
        Assert.Equal(chosen, Choose(new("preferred", 9e-5, seconds)));

    [Fact]
    public void Choose_SeveralExact_TakesTheFirstThatIsNotClearlySlower()
    {
        RouteTrial[] trials = [new("rounds", 0.1, 0.1), new("slow", 0, 2), new("fast", 0, 1.2), new("fastest", 0, 1)];

        Assert.Equal("fast", RouteChoice.Choose(trials, Tolerance).Route);
    }

    [Fact]
    public void Choose_NoneExact_TakesTheOrdinaryRoute() =>
        Assert.Equal("last", RouteChoice.Choose([new("first", double.NaN, 1), new("last", 1, 9)], Tolerance).Route);

    [Fact]
    public void Describe_NamesTheChosenAndEveryTrial() =>
        Assert.Equal(
            "ordinary (preferred 0.05 ms, error 1.2e-1; ordinary 1.50 ms, error 8e-5)",
            RouteChoice.Describe(Ordinary, [new("preferred", 0.12, 0.05e-3), Ordinary]));

    [Fact]
    public void Float32Route_OnThisMachine_IsOneOfTheTrialsAndStaysTheSame()
    {
        string route = CpuTuning.Float32Route;

        Assert.StartsWith($"{route} (", CpuTuning.DescribeFloat32(), StringComparison.Ordinal);
        Assert.Equal(route, CpuTuning.Float32Route);
        Assert.Equal(route == "oneDNN", CpuTuning.Apply());
    }

    private static string Choose(RouteTrial preferred) => RouteChoice.Choose([preferred, Ordinary], Tolerance).Route;
}
