using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Presentation;

public sealed class RunColorsTests
{
    private static readonly int Blue = MethodColors.Slot(MethodNames.Standard);
    private static readonly int Orange = MethodColors.Slot(MethodNames.TaskPrefix);

    [Fact]
    public void Slot_OfAPairInEitherOrder_IsThatOfTheMethods()
    {
        Assert.Equal(Orange, RunColors.Slot(Run("first", 0, MethodNames.TaskPrefix)));
        Assert.Equal(Blue, RunColors.Slot(Run("second", 1, MethodNames.Standard)));
    }

    [Fact]
    public void Slot_IsNeverThatOfAnotherMethodOfThePair()
    {
        foreach (int color in Enumerable.Range(0, 30))
        {
            Assert.NotEqual(Orange, RunColors.Slot(Run("a", color, MethodNames.Standard)));
            Assert.NotEqual(Blue, RunColors.Slot(Run("b", color, MethodNames.TaskPrefix)));
            Assert.DoesNotContain(RunColors.Slot(Run("c", color, MethodNames.SingleTask)), new[] { Blue, Orange });
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    public void Together_UpToTwelveRunsOfOneMethod_AreDistinct(int count)
    {
        RunSummary[] runs = [.. Enumerable.Range(0, count).Select(i => Run($"run {i}", 7 * i, MethodNames.SingleTask))];

        IReadOnlyCollection<int> slots = [.. RunColors.Together(runs).Values];

        Assert.Equal(count, slots.Distinct().Count());
        Assert.Equal(count == 12, slots.Contains(Blue) || slots.Contains(Orange)); // only if there are no others
    }

    [Fact]
    public void Together_MoreRunsThanColours_GivesEachOne() =>
        Assert.Equal(20, RunColors.Together([.. Enumerable.Range(0, 20).Select(i => Run($"{i}", i, MethodNames.Standard))]).Count);

    private static RunSummary Run(string id, int color, string method) =>
        RunScript.Summary(id, RunState.Finished, RunScript.Spec() with { Method = method }) with { Color = color };
}
