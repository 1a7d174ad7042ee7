using System.Diagnostics;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Outcome of computing a small product by one of several routes.</summary>
/// <param name="Route">Name of the route, for records.</param>
/// <param name="Error">Largest absolute difference from the exact result; NaN or infinite if the route does not compute it.</param>
/// <param name="Seconds">Shortest time of several repeats.</param>
public sealed record RouteTrial(string Route, double Error, double Seconds);

/// <summary>Chooses the route of matrix products from trials on this machine.</summary>
public static class RouteChoice
{
    /// <summary>
    /// Factor by which a route must be slower than another to lose its preference: smaller differences vary from process to process, and
    /// results should not.
    /// </summary>
    internal const double ClearlySlower = 1.5;

    private const int Repeats = 10;

    /// <summary>
    /// Returns the first route that is exact enough and not clearly slower than the fastest exact one; the last if none is exact enough.
    /// </summary>
    /// <param name="trials">Trials in order of preference; the last is the ordinary route, which is always usable.</param>
    /// <param name="tolerance">Largest error allowed.</param>
    internal static RouteTrial Choose(IReadOnlyList<RouteTrial> trials, double tolerance)
    {
        RouteTrial[] exact = [.. trials.Where(trial => trial.Error <= tolerance)];
        return exact.Length == 0
            ? trials[^1]
            : exact.First(trial => trial.Seconds <= ClearlySlower * exact.Min(other => other.Seconds));
    }

    /// <summary>
    /// Times actions in turn, so that a busy machine disturbs all alike. They should use one thread and take less than a time slice: then
    /// the shortest time of several is that of an idle machine.
    /// </summary>
    /// <returns>The shortest time of each, in seconds.</returns>
    internal static double[] Time(params Action[] actions)
    {
        double[] shortest = [.. actions.Select(_ => double.MaxValue)];
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                actions[i]();
                shortest[i] = Math.Min(shortest[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return shortest;
    }

    /// <summary>Returns the chosen route and each trial's figures, in one line for a report.</summary>
    internal static string Describe(RouteTrial chosen, IEnumerable<RouteTrial> trials) =>
        $"{chosen.Route} ({string.Join("; ", trials.Select(Describe))})";

    private static string Describe(RouteTrial trial) =>
        FormattableString.Invariant($"{trial.Route} {trial.Seconds * 1e3:0.00} ms, error {trial.Error:0.#e0}");
}
