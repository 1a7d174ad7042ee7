using System.Diagnostics;

namespace DistillStudio.Tests.Support;

/// <summary>Waits for another thread or process.</summary>
internal static class Eventually
{
    /// <summary>Fails with the condition's text if it does not become true in time.</summary>
    public static async Task Holds(
        Func<bool> condition,
        TimeSpan? within = null,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string text = "")
    {
        TimeSpan limit = within ?? TimeSpan.FromMinutes(2);
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                Assert.Fail($"Not within {limit.TotalSeconds} s: {text}");
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
