using System.Text.Json;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Reads what a chart in a page really holds.</summary>
internal static class ChartProbe
{
    private const string Read =
        "() => (document.getElementById('loss-chart')?.data ?? []).map(t => ({ name: t.meta, x: Array.from(t.x), y: Array.from(t.y) }))";

    /// <summary>The x of a curve; empty where it is not drawn.</summary>
    public static async Task<double[]> XsAsync(this IPage page, string curve)
    {
        JsonElement traces = await page.EvaluateAsync<JsonElement>(Read);
        JsonElement[] found = [.. traces.EnumerateArray().Where(t => t.GetProperty("name").GetString() == curve)];
        return found.Length == 0 ? [] : [.. found[0].GetProperty("x").EnumerateArray().Select(x => x.GetDouble())];
    }

    /// <summary>Waits until a curve has at least that many points.</summary>
    public static async Task<double[]> WaitForPointsAsync(this IPage page, string curve, int count, int seconds = 30)
    {
        double[] xs = [];
        for (int tries = 0; tries < seconds * 10; tries++)
        {
            try
            {
                xs = await page.XsAsync(curve);
                if (xs.Length >= count)
                {
                    return xs;
                }
            }
            catch (PlaywrightException e) when (e.Message.Contains("navigation", StringComparison.Ordinal))
            {
                // The page is being loaded anew, as it does after the server came back: asked again.
            }

            await page.WaitForTimeoutAsync(100);
        }

        Assert.Fail($"{curve} has {xs.Length} points, not {count}");
        return xs;
    }

    /// <summary>Every step once, from the first to the last.</summary>
    public static void AssertWhole(double[] xs)
    {
        int wrong = Enumerable.Range(0, xs.Length).FirstOrDefault(i => xs[i] != i + 1, -1);
        Assert.True(wrong < 0, wrong < 0 ? "" : $"{xs.Length} points, around the first that is out of place: "
            + $"{string.Join(' ', xs[Math.Max(0, wrong - 4)..Math.Min(xs.Length, wrong + 5)])}");
    }
}
